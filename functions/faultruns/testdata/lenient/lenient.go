// Package lenient holds the default application's views, mended: what the counters couldn't count they pass over.
package lenient

import (
	"github.com/aeon-es/aeon/internal/defaultapp"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// Views are those views.
func Views() []projector.Definition {
	counters := defaultapp.Counters()
	count := counters.Apply
	counters.Apply = func(row *defaultapp.Counter, e store.Committed) (*defaultapp.Counter, error) {
		if next, err := count(row, e); err == nil {
			return next, nil
		}
		return row, nil
	}
	return []projector.Definition{counters, defaultapp.Streams()}
}
