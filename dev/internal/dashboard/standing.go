package dashboard

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// maxParked is how many parked keys are listed.
const maxParked = 500

// standLine is where a version of a view stands with a key.
type standLine struct {
	View    string         `json:"view"`
	Version int            `json:"version"`
	Key     string         `json:"key"`
	Seen    store.Revision `json:"seen"`
	Parked  *parkedLine    `json:"parked,omitempty"`
	Skips   []skipLine     `json:"skips,omitempty"`
	Saved   float64        `json:"saved,omitempty"` // when that was, as milliseconds of Unix time; 0 where it was asked for
	// Row is the key's row, where it was asked for and the view has one row per key.
	Row json.RawMessage `json:"row,omitempty"`
}

type parkedLine struct {
	Revision store.Revision `json:"revision"`
	Class    string         `json:"class"`
	Reason   string         `json:"reason"`
	Since    time.Time      `json:"since"`
}

type skipLine struct {
	Revision store.Revision `json:"revision"`
	Reason   string         `json:"reason"`
	At       time.Time      `json:"at"`
}

func lineOf(s projector.Standing) standLine {
	line := standLine{View: s.View, Version: s.Version, Key: s.Key, Seen: s.Seen}
	if p := s.Parked; p != nil {
		line.Parked = &parkedLine{Revision: p.Revision, Class: p.Class, Reason: p.Reason, Since: p.Since}
	}
	for _, skip := range s.Skips {
		line.Skips = append(line.Skips, skipLine{Revision: skip.Revision, Reason: skip.Reason, At: skip.At})
	}
	return line
}

// standing serves GET /dev/standing: where all views that want a key stand with it, and their rows of it.
func (d *dashboard) standing(r *http.Request) (any, error) {
	key, lines := r.URL.Query().Get("key"), []standLine{}
	for _, view := range d.Projector.Views() {
		at, err := d.Projector.Inspect(r.Context(), view, key)
		if errors.Is(err, projector.ErrUnwantedKey) {
			continue
		}
		if err != nil {
			return nil, err
		}
		row, err := d.rowOf(r.Context(), view, key)
		if err != nil {
			return nil, err
		}
		for _, s := range at {
			line := lineOf(s)
			line.Row = row
			lines = append(lines, line)
		}
	}
	return map[string]any{"standing": lines}, nil
}

// rowOf is the row that queries see of a key; nil if there is none.
func (d *dashboard) rowOf(ctx context.Context, view, key string) (json.RawMessage, error) {
	if keyed, err := d.Projector.Keyed(view); err != nil || !keyed {
		return nil, err
	}
	found, err := d.Projector.Query(ctx, view, key)
	if errors.Is(err, projector.ErrParked) {
		err = nil // it is there as it is
	}
	return found.Row, err
}

// parked serves GET /dev/parked: what waits for a redrive in any view.
func (d *dashboard) parked(r *http.Request) (any, error) {
	lines, more := []standLine{}, false
	for _, view := range d.Projector.Views() {
		for s, err := range d.Projector.Parked(r.Context(), view) {
			if err != nil {
				return nil, err
			}
			if more = len(lines) == maxParked; more {
				break
			}
			lines = append(lines, lineOf(s))
		}
	}
	return map[string]any{"parked": lines, "more": more}, nil
}

// outcome is what became of a redrive or a skip.
type outcome struct {
	View string         `json:"view"`
	Key  string         `json:"key"`
	Seen store.Revision `json:"seen"`
	// Problem says why the key is parked still, or again.
	Problem string `json:"problem,omitempty"`
}

// redrive serves POST /dev/redrive {"view","key"}.
func (d *dashboard) redrive(r *http.Request) (any, error) {
	var body struct{ View, Key string }
	if err := readBody(r, &body); err != nil {
		return nil, err
	}
	seen, err := d.Projector.Redrive(r.Context(), body.View, body.Key)
	return outcomeOf(body.View, body.Key, seen, err)
}

// skip serves POST /dev/skip {"view","key","revision","reason"}.
func (d *dashboard) skip(r *http.Request) (any, error) {
	var body struct {
		View, Key, Reason string
		Revision          store.Revision
	}
	if err := readBody(r, &body); err != nil {
		return nil, err
	}
	seen, err := d.Projector.Skip(r.Context(), body.View, body.Key, body.Revision, body.Reason)
	return outcomeOf(body.View, body.Key, seen, err)
}

// outcomeOf is an answer where the view's code has failed: that is news, and no failure of the request.
func outcomeOf(view, key string, seen store.Revision, err error) (any, error) {
	o := outcome{View: view, Key: key, Seen: seen}
	if parked, ok := errors.AsType[*projector.ParkedError](err); ok {
		o.Seen, o.Problem = parked.Seen, parked.Reason
		return o, nil
	}
	if failed, ok := errors.AsType[*projector.ProjectionError](err); ok {
		o.Problem = failed.Err.Error()
		return o, nil
	}
	return o, err
}
