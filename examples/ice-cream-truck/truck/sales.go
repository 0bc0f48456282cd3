package truck

import (
	"encoding/json"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// Price is what a scoop costs, in cents.
const Price = 150

// Sales is a row of the read model: what the owner asks in the evening.
type Sales struct {
	Scoops int `json:"scoops"`
	Cents  int `json:"cents"`
}

// sales has a row for each truck. It passes over what was loaded: a read model keeps what its readers ask for.
var sales = projector.View[Sales]{
	Name:  "sales",
	Keys:  []string{"truck/"},
	Types: []string{"sold"},
	Apply: func(row *Sales, e store.Committed) (*Sales, error) {
		var sold Scoops
		if err := json.Unmarshal(e.Data, &sold); err != nil {
			return nil, err
		}
		if row == nil {
			row = &Sales{}
		}
		return &Sales{Scoops: row.Scoops + sold.Scoops, Cents: row.Cents + sold.Scoops*Price}, nil
	},
}

// Views are the application's.
func Views() []projector.Definition { return []projector.Definition{sales} }
