package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// row is the body of an answer with a row.
type row struct {
	View     string          `json:"view"`
	ID       string          `json:"id"`
	Revision store.Revision  `json:"revision,omitempty"` // none in views whose rows are made of many keys
	Row      json.RawMessage `json:"row"`
}

// behind is the body of an answer to who asked for more than the view has seen yet.
type behind struct {
	Key        string         `json:"key,omitempty"` // which key is behind, where keys were asked for
	Current    store.Revision `json:"current"`
	Requested  store.Revision `json:"requested"`
	RetryAfter int            `json:"retryAfterSeconds"`
}

// noViews is the error of an API that has none.
func noViews(c *call) error {
	return fmt.Errorf("%w %q: there are none here", projector.ErrUnknownView, c.view)
}

// row serves GET and HEAD /views/{view}/{id}.
func (a *api) row(c *call) (*answer, error) {
	v, err := parameters(c.URL.RawQuery, "revision", "after", "lazy", "wait")
	if err != nil {
		return nil, err
	}
	f, err := v.freshness()
	if err != nil {
		return nil, err
	}
	if a.projector == nil {
		return nil, noViews(c)
	}
	found, err := a.projector.QueryFresh(c.Context(), c.view, c.key, f)
	c.revision = found.Revision
	late, behind := errors.AsType[*projector.BehindError](err)
	switch {
	case behind:
		return lateAnswer(late, v.has("after"))
	case errors.Is(err, projector.ErrParked) && v.asksForNothing(f):
		// It is there as it is, whatever happened behind it.
	case err != nil:
		return nil, renamed(err, "key", "id")
	}
	if found.Row == nil {
		return nil, fmt.Errorf("%w: view %q has none of id %q", errNoRow, c.view, c.key)
	}
	ans, err := jsonAnswer(http.StatusOK, row{View: found.View, ID: found.ID, Revision: found.Revision, Row: found.Row})
	if err != nil {
		return nil, err
	}
	return c.conditional(ans), nil
}

// lateAnswer answers that the view has not seen yet what was asked for.
func lateAnswer(late *projector.BehindError, named bool) (*answer, error) {
	body := behind{Current: late.Current, Requested: late.Requested, RetryAfter: retryAfter}
	if named {
		body.Key = late.Key
	}
	ans, err := jsonAnswer(http.StatusAccepted, body)
	if err != nil {
		return nil, err
	}
	ans.header.Set("Retry-After", strconv.Itoa(retryAfter))
	return ans, nil
}

// named has an error about an argument speak of it by the name it has here.
func named(field string, err error) error {
	if e, ok := errors.AsType[*store.InvalidError](err); ok {
		return &store.InvalidError{Field: field, Problem: e.Problem}
	}
	return err
}

// renamed does so with an argument of that name alone.
func renamed(err error, from, to string) error {
	if e, ok := errors.AsType[*store.InvalidError](err); ok && e.Field == from {
		return named(to, err)
	}
	return err
}
