package defaultapp

import (
	"encoding/json"
	"errors"
	"math"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// The event types that counters are made of. Their data is {"by": n}: a whole number from 1, which is 1 when absent.
const (
	Incremented = "incremented"
	Decremented = "decremented"
)

// Counter is a row of the view "counters".
type Counter struct {
	// Count is what was added less what was taken away.
	Count int64 `json:"count"`
	// Increments and Decrements are how often that happened.
	Increments int64 `json:"increments"`
	Decrements int64 `json:"decrements"`
}

// Counters is the view "counters": one row for each key that was ever incremented or decremented, listed by count.
func Counters() projector.View[Counter] {
	return projector.View[Counter]{
		Name: "counters", Types: []string{Incremented, Decremented}, Apply: count,
		Rank: func(row Counter) string { return projector.RankInt(row.Count) },
	}
}

func count(row *Counter, e store.Committed) (*Counter, error) {
	by, err := step(e.Data)
	if err != nil {
		return nil, err
	}
	if row == nil {
		row = &Counter{}
	}
	if e.Type == Decremented {
		row.Decrements++
		by = -by
	} else {
		row.Increments++
	}
	if (by > 0 && row.Count > math.MaxInt64-by) || (by < 0 && row.Count < math.MinInt64-by) {
		return nil, errors.New("the count doesn't fit 64 bits any more")
	}
	row.Count += by
	return row, nil
}

// step is the "by" of an event. The errors don't repeat the data: they end up in logs.
func step(data json.RawMessage) (int64, error) {
	if len(data) == 0 {
		return 1, nil
	}
	var d struct {
		By *int64 `json:"by"`
	}
	if err := json.Unmarshal(data, &d); err != nil {
		return 0, errors.New("data is no object whose \"by\" is a whole number of 64 bits")
	}
	if d.By == nil {
		return 1, nil
	}
	if *d.By < 1 {
		return 0, errors.New("data.by is less than 1")
	}
	return *d.By, nil
}
