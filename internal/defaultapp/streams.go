package defaultapp

import (
	"time"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// Stream is a row of the view "streams".
type Stream struct {
	// Events is how many there are.
	Events int64 `json:"events"`
	// FirstAt and LastAt are when the first and the last of them were committed.
	FirstAt time.Time `json:"firstAt"`
	LastAt  time.Time `json:"lastAt"`
	// LastType is the type of the last.
	LastType string `json:"lastType"`
}

// Streams is the view "streams": one row for each key that has events, whatever they are.
func Streams() projector.View[Stream] {
	return projector.View[Stream]{Name: "streams", Apply: summarize}
}

func summarize(row *Stream, e store.Committed) (*Stream, error) {
	if row == nil {
		row = &Stream{FirstAt: e.CommittedAt}
	}
	row.Events++
	row.LastAt, row.LastType = e.CommittedAt, e.Type
	return row, nil
}
