package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/aeon-es/aeon/store"
	"github.com/aeon-es/aeon/store/archive"
)

// metadataRevision is the metadata in which each event keeps the revision that it had.
const metadataRevision = "typescriptRevision"

// convert writes the archive of the events: those of a key in their order, each a commit of its own, as the table doesn't say which
// were appended together. An item that is there twice counts once.
func convert(items []item, w io.Writer) (archive.Totals, error) {
	commits := make([]store.Copy, 0, len(items))
	for i := range items {
		c, err := items[i].commit()
		if err != nil {
			return archive.Totals{}, fmt.Errorf("item %d: %w", i+1, err)
		}
		commits = append(commits, c)
	}
	slices.SortStableFunc(commits, func(a, b store.Copy) int {
		return cmp.Or(strings.Compare(a.Key, b.Key), strings.Compare(a.AppendID, b.AppendID))
	})
	commits = slices.CompactFunc(commits, func(a, b store.Copy) bool { return a.Key == b.Key && a.AppendID == b.AppendID })
	lines := archive.NewWriter(w)
	last := &store.Copy{}
	for i := range commits {
		follow(&commits[i], last)
		last = &commits[i]
		if err := lines.Write(last); err != nil {
			return archive.Totals{}, err
		}
	}
	return lines.Close()
}

// commit is an item as a commit, but for its revision: by the revision that it had it is sorted.
func (i *item) commit() (c store.Copy, err error) {
	if c.Key, err = i.Key.text("key"); err != nil {
		return c, err
	}
	if c.AppendID, err = i.Revision.text("revision"); err != nil {
		return c, fmt.Errorf("key %q: %w", c.Key, err)
	}
	was, err := store.ParsePosition(c.AppendID)
	if err != nil {
		return c, fmt.Errorf("key %q: revision %q is no ULID", c.Key, c.AppendID)
	}
	c.Position = position(was)
	if c.CommittedAt, err = i.CommittedAt.time("committedAt"); err == nil {
		c.Events, err = i.event()
	}
	if err != nil {
		return c, fmt.Errorf("key %q, revision %s: %w", c.Key, c.AppendID, err)
	}
	return c, nil
}

// event is what the item says of its one event.
func (i *item) event() ([]store.Pending, error) {
	e := store.Pending{Metadata: map[string]string{metadataRevision: *i.Revision.S}}
	var err error
	if e.Type, err = i.Type.text("type"); err != nil {
		return nil, err
	}
	if i.CorrelationID.S != nil {
		e.CorrelationID = *i.CorrelationID.S
	}
	if i.Data.M != nil {
		if e.Data, err = i.Data.json(); err != nil {
			return nil, fmt.Errorf("data: %w", err)
		}
	}
	return []store.Pending{e}, nil
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
func follow(c, last *store.Copy) {
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
