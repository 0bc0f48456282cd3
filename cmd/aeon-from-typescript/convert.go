package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/aeon-es/aeon/store"
	"github.com/aeon-es/aeon/store/archive"
)

// metadataRevision is the metadata in which each event keeps the revision that it had.
const metadataRevision = "typescriptRevision"

// commit is a line of an archive: see package archive.
type commit struct {
	Key         string         `json:"key"`
	Revision    store.Revision `json:"revision"`
	Position    store.Position `json:"position"`
	CommittedAt string         `json:"committedAt"`
	AppendID    string         `json:"appendId"`
	Events      []event        `json:"events"`
}

type event struct {
	Type          string            `json:"type"`
	CorrelationID string            `json:"correlationId,omitempty"`
	Metadata      map[string]string `json:"metadata"`
	Data          json.RawMessage   `json:"data,omitempty"`
}

// convert writes the archive of the events: those of a key in their order, each a commit of its own, as the table doesn't say which
// were appended together. An item that is there twice counts once.
func convert(items []item, w io.Writer) (done archive.Totals, err error) {
	commits := make([]commit, 0, len(items))
	for i := range items {
		c, err := items[i].commit()
		if err != nil {
			return done, fmt.Errorf("item %d: %w", i+1, err)
		}
		commits = append(commits, c)
	}
	slices.SortStableFunc(commits, func(a, b commit) int {
		return cmp.Or(strings.Compare(a.Key, b.Key), strings.Compare(a.AppendID, b.AppendID))
	})
	commits = slices.CompactFunc(commits, func(a, b commit) bool { return a.Key == b.Key && a.AppendID == b.AppendID })
	lines := json.NewEncoder(w)
	lines.SetEscapeHTML(false)
	if err := lines.Encode(map[string]any{"aeon": "archive", "format": 1}); err != nil {
		return done, err
	}
	var last commit
	for _, c := range commits {
		c.follow(last)
		if c.Revision == 1 {
			done.Keys++
		}
		done.Events++
		if err := lines.Encode(c); err != nil {
			return done, err
		}
		last = c
	}
	done.Commits = done.Events
	return done, lines.Encode(map[string]any{"end": done})
}

// commit is an item as a commit, but for its revision: by the revision that it had it is sorted.
func (i *item) commit() (c commit, err error) {
	if c.Key, err = i.Key.text("key"); err != nil {
		return c, err
	}
	if c.AppendID, err = i.Revision.text("revision"); err != nil {
		return c, fmt.Errorf("key %q: %w", c.Key, err)
	}
	fail := func(err error) (commit, error) {
		return c, fmt.Errorf("key %q, revision %s: %w", c.Key, c.AppendID, err)
	}
	was, err := store.ParsePosition(c.AppendID)
	if err != nil {
		return c, fmt.Errorf("key %q: revision %q is no ULID", c.Key, c.AppendID)
	}
	c.Position = position(was)
	if c.CommittedAt, err = i.CommittedAt.text("committedAt"); err != nil {
		return fail(err)
	}
	e := event{Metadata: map[string]string{metadataRevision: c.AppendID}}
	if e.Type, err = i.Type.text("type"); err != nil {
		return fail(err)
	}
	if i.CorrelationID.S != nil {
		e.CorrelationID = *i.CorrelationID.S
	}
	if i.Data.M != nil {
		if e.Data, err = i.Data.json(); err != nil {
			return fail(fmt.Errorf("data: %w", err))
		}
	}
	c.Events = []event{e}
	return c, nil
}

// Where the parts of a ULID lie: 6 bytes of milliseconds, then 10 at random, which a monotonic one counts up. Of a position, the last 2
// count the events of its commit.
const (
	randomAt = 6
	countAt  = 14
)

// position is a ULID with room for the count: what was counted up moves to the left by as much. So events of the same millisecond stay in
// their order, and apart.
func position(ulid store.Position) (p store.Position) {
	copy(p[:randomAt], ulid[:randomAt])
	copy(p[randomAt:countAt], ulid[len(ulid)-(countAt-randomAt):])
	return p
}

// follow gives the commit its place behind another one: the next revision if that is of the same key, and then a later position.
func (c *commit) follow(last commit) {
	if c.Key != last.Key {
		c.Revision = 1
		return
	}
	c.Revision = last.Revision + 1
	if c.Position.Compare(last.Position) <= 0 { // two writers in one millisecond: what moved out at the left was what told them apart
		c.Position = last.Position
		for i := countAt - 1; i >= 0; i-- { // the next one
			if c.Position[i]++; c.Position[i] != 0 {
				return
			}
		}
	}
}
