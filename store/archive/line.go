package archive

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/aeon-es/aeon/store"
)

// format is the version of the format that this code writes.
const format = 1

// Totals is how much there is, or was done.
type Totals struct {
	Keys    int `json:"keys"`
	Commits int `json:"commits"`
	Events  int `json:"events"`
}

func (t *Totals) add(keys, commits, events int) {
	t.Keys += keys
	t.Commits += commits
	t.Events += events
}

// line is one line of an archive: one of the three kinds.
type line struct {
	Aeon   string `json:"aeon,omitempty"`
	Format int    `json:"format,omitempty"`

	commit

	End *Totals `json:"end,omitempty"`
}

type commit struct {
	Key             string         `json:"key,omitempty"`
	Revision        store.Revision `json:"revision,omitempty"`
	Position        string         `json:"position,omitempty"`
	CommittedAt     string         `json:"committedAt,omitempty"`
	AppendID        string         `json:"appendId,omitempty"`
	IdempotencyKey  string         `json:"idempotencyKey,omitempty"`
	IdempotentUntil string         `json:"idempotentUntil,omitempty"`
	Events          []event        `json:"events,omitempty"`
}

type event struct {
	Type          string            `json:"type"`
	CorrelationID string            `json:"correlationId,omitempty"`
	Metadata      map[string]string `json:"metadata,omitempty"`
	Data          json.RawMessage   `json:"data,omitempty"`
}

// Times as they are written: of commits in milliseconds, of markers in seconds.
const (
	timeLayout = "2006-01-02T15:04:05.000Z"
	ever       = "ever"
)

// lineOf is a copy as a line.
func lineOf(c *store.Copy) *commit {
	l := &commit{
		Key: c.Key, Revision: c.Revision, Position: c.Position.String(), CommittedAt: c.CommittedAt.UTC().Format(timeLayout),
		AppendID: c.AppendID, IdempotencyKey: c.IdempotencyKey, Events: make([]event, len(c.Events)),
	}
	switch {
	case c.Marked && c.Expires.IsZero():
		l.IdempotentUntil = ever
	case c.Marked:
		l.IdempotentUntil = c.Expires.UTC().Format(time.RFC3339)
	}
	for i, e := range c.Events {
		l.Events[i] = event(e)
	}
	return l
}

// copyOf is a line as a copy. What it holds is validated where it is stored.
func (l *commit) copyOf() (c store.Copy, err error) {
	c.Key, c.Revision, c.AppendID, c.IdempotencyKey = l.Key, l.Revision, l.AppendID, l.IdempotencyKey
	if c.Position, err = store.ParsePosition(l.Position); err != nil {
		return c, err
	}
	if c.CommittedAt, err = time.Parse(time.RFC3339, l.CommittedAt); err != nil {
		return c, fmt.Errorf("committedAt %q is no time", l.CommittedAt)
	}
	if l.IdempotentUntil != "" {
		if c.Marked = true; l.IdempotentUntil != ever {
			if c.Expires, err = time.Parse(time.RFC3339, l.IdempotentUntil); err != nil {
				return c, fmt.Errorf("idempotentUntil %q is neither a time nor \"ever\"", l.IdempotentUntil)
			}
		}
	}
	c.Count, c.Events = len(l.Events), make([]store.Pending, len(l.Events))
	for i, e := range l.Events {
		c.Events[i] = store.Pending(e)
	}
	return c, nil
}

// appendLine writes v as a line behind b. Data is JSON already, and stays as it is to the byte.
func appendLine(b *bytes.Buffer, v any) error {
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}
