package consumer

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/aeon-es/aeon/internal/deadline"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// Reached says where views stand with a key after a doorbell was rung by itself.
type Reached struct {
	Key string `json:"key"`
	// Views are those that want the key, or the one that the doorbell was for.
	Views []ReachedView `json:"views"`
}

// ReachedView is where one view stands.
type ReachedView struct {
	View string `json:"view"`
	// Revision is the last one of the key that the view has seen.
	Revision store.Revision `json:"revision"`
	// Parked says at which event the key waits for a redrive; absent where it doesn't.
	Parked *ReachedMark `json:"parked,omitempty"`
}

// ReachedMark is the event that can't be folded, and what is wrong with it, in a word.
type ReachedMark struct {
	Revision store.Revision `json:"revision"`
	Class    string         `json:"class"`
}

// one answers a doorbell that came by itself.
func (c *Consumer) one(ctx context.Context, fields map[string]json.RawMessage, kind kind) (Reached, error) {
	began := time.Now()
	bell, err := fromFields(fields, kind)
	if err != nil {
		c.log.ErrorContext(ctx, "an event that can't be read", "error", err)
		return Reached{}, err
	}
	working, cancel := deadline.Ahead(ctx)
	defer cancel()
	r, err := c.reach(working, bell)
	attrs := []any{"key", bell.Key, "revision", uint64(bell.Revision), "milliseconds", float64(time.Since(began).Microseconds()) / 1000}
	if err != nil {
		c.log.ErrorContext(ctx, "a doorbell has to be rung again", append(attrs, "error", err)...)
		return Reached{}, err
	}
	c.log.InfoContext(ctx, "doorbell answered", append(attrs, "views", len(r.Views))...)
	return r, nil
}

// reach brings the views up to date, and says where they are then.
func (c *Consumer) reach(ctx context.Context, bell projector.Doorbell) (Reached, error) {
	if err := c.projector.Ring(ctx, []projector.Doorbell{bell}); err != nil {
		return Reached{}, err
	}
	r := Reached{Key: bell.Key, Views: []ReachedView{}}
	views := []string{bell.View}
	if bell.View == "" {
		views = c.projector.Views()
	}
	for _, view := range views {
		at := ReachedView{View: view}
		seen, err := c.projector.Seen(ctx, view, bell.Key)
		if bell.View == "" && errors.Is(err, projector.ErrUnwantedKey) {
			continue
		}
		if parked, ok := errors.AsType[*projector.ParkedError](err); ok {
			at.Parked, err = &ReachedMark{Revision: parked.Revision, Class: parked.Class}, nil
		}
		if err != nil {
			return Reached{}, err
		}
		at.Revision = seen
		r.Views = append(r.Views, at)
	}
	return r, nil
}
