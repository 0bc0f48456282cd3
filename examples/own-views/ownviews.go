// Package ownviews is an application beside a store that somebody else deployed: a view of its own over that store's events, in a stack
// of its own.
package ownviews

import (
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// Activity is a row of the view "activity".
type Activity struct {
	// Events is how many the key has.
	Events int64 `json:"events"`
	// LastType is the type of the last.
	LastType string `json:"lastType"`
}

// Views are the stack's views.
func Views() []projector.Definition { return []projector.Definition{activity()} }

// activity has one row for each key that there is, listed by the number of events: the busiest come last, or first in descending order.
func activity() projector.View[Activity] {
	return projector.View[Activity]{
		Name: "activity",
		Apply: func(row *Activity, e store.Committed) (*Activity, error) {
			if row == nil {
				row = &Activity{}
			}
			row.Events++
			row.LastType = e.Type
			return row, nil
		},
		Rank: func(row Activity) string { return projector.RankInt(row.Events) },
	}
}
