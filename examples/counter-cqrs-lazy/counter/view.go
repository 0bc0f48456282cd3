package counter

import (
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// Row is a counter in the read model.
type Row struct {
	Value int `json:"value"`
	// Changes is how often it was changed: what queries ask for, the events have to tell only once.
	Changes int `json:"changes"`
}

// view has a row for each counter, which is what its events come to.
var view = projector.View[Row]{
	Name: "counters",
	Keys: []string{"counter/"},
	Apply: func(row *Row, e store.Committed) (*Row, error) {
		if row == nil {
			row = &Row{}
		}
		counter, err := Counter{Value: row.Value}.Apply(e)
		if err != nil {
			return nil, err
		}
		return &Row{Value: counter.Value, Changes: row.Changes + 1}, nil
	},
}

// Views are the application's.
func Views() []projector.Definition { return []projector.Definition{view} }
