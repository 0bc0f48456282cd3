// Package newviews holds the views of a later release of the default application.
package newviews

import (
	"github.com/aeon-es/aeon/internal/defaultapp"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// All are the views of the release before, and the second version of the counters, which keeps the totals in the other direction.
func All() []projector.Definition {
	second := defaultapp.Counters()
	count := second.Apply
	second.Version = 2
	second.Apply = func(row *defaultapp.Counter, e store.Committed) (*defaultapp.Counter, error) {
		switch e.Type {
		case defaultapp.Incremented:
			e.Type = defaultapp.Decremented
		case defaultapp.Decremented:
			e.Type = defaultapp.Incremented
		}
		return count(row, e)
	}
	return append(defaultapp.Views(), second)
}
