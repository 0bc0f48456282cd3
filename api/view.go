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
	Current    store.Revision `json:"current"`
	Requested  store.Revision `json:"requested"`
	RetryAfter int            `json:"retryAfterSeconds"`
}

// row serves GET and HEAD /views/{view}/{id}.
func (a *api) row(c *call) (*answer, error) {
	v, err := parameters(c.URL.RawQuery, "revision")
	if err != nil {
		return nil, err
	}
	requested, err := v.revision("revision", 0)
	if err != nil {
		return nil, err
	}
	if a.projector == nil {
		return nil, fmt.Errorf("%w %q", projector.ErrUnknownView, c.view)
	}
	found, err := a.projector.Query(c.Context(), c.view, c.key)
	c.revision = found.Revision
	switch seen := found.Revision >= requested; {
	case errors.Is(err, projector.ErrParked) && v.has("revision") && seen:
		// What was asked for is there, whatever happened behind it.
	case err != nil:
		return nil, named("id", err)
	case !seen:
		return a.behind(c, requested)
	}
	if found.Row == nil {
		return nil, fmt.Errorf("%w: view %q has none of id %q", errNoRow, c.view, c.key)
	}
	return jsonAnswer(http.StatusOK, row{View: found.View, ID: found.ID, Revision: found.Revision, Row: found.Row})
}

// behind answers that the row has not seen the requested revision yet.
func (a *api) behind(c *call, requested store.Revision) (*answer, error) {
	keyed, err := a.projector.Keyed(c.view)
	if err != nil {
		return nil, err
	}
	if !keyed {
		return nil, invalidf("revision", "means nothing for view %q, whose rows are made of many keys", c.view)
	}
	ans, err := jsonAnswer(http.StatusAccepted, behind{Current: c.revision, Requested: requested, RetryAfter: retryAfter})
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
