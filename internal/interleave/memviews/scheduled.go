package memviews

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aeon-es/aeon/internal/interleave"
	"github.com/aeon-es/aeon/projector"
)

// Scheduled wraps a backend so that each request is a step of [interleave], touching the items that it is about. Only Ping,
// ListParked and Items are none: a list may lag behind anyway.
func Scheduled(b *Backend) projector.Backend { return scheduled{b} }

type scheduled struct{ *Backend }

// Load implements [projector.Backend].
func (s scheduled) Load(ctx context.Context, ids ...projector.ItemID) ([]projector.Stored, error) {
	things := make(interleave.Things, len(ids))
	for i, id := range ids {
		things[i] = thing(id)
	}
	name := "load " + strings.Join(things, ", ")
	return interleave.Read(ctx, things, name, func(ctx context.Context) ([]projector.Stored, error) {
		return s.Backend.Load(ctx, ids...)
	})
}

// Save implements [projector.Backend]. It copies what it is given, as the request may be done when its caller is gone.
func (s scheduled) Save(ctx context.Context, writes ...projector.Write) (bool, error) {
	copied := slices.Clone(writes)
	for i := range copied {
		copied[i].Next = clone(copied[i].Next)
	}
	slices.SortFunc(copied, func(a, b projector.Write) int { return strings.Compare(thing(a.ID), thing(b.ID)) })
	things, parts := make(interleave.Things, len(copied)), make([]string, len(copied))
	for i, w := range copied {
		things[i] = thing(w.ID)
		parts[i] = things[i] + " " + state(w)
	}
	name := "save " + strings.Join(parts, ", ")
	return interleave.Write(ctx, things, name, func(ctx context.Context) (done, changed bool, err error) {
		done, err = s.Backend.Save(ctx, copied...)
		return done, done && err == nil, err
	})
}

// thing names an item.
func thing(id projector.ItemID) string {
	kind := "row"
	switch id.Kind {
	case projector.SeenItem:
		kind = "seen"
	case projector.NoteItem:
		kind = "note"
	case projector.RowItem:
	}
	return fmt.Sprintf("%s#%d %s %s", id.View, id.Version, kind, id.ID)
}

// state is what an item is to be, but for its token and what else is random.
func state(w projector.Write) string {
	s := w.Next
	switch {
	case s.Token == "":
		return "removed"
	case w.ID.Kind == projector.NoteItem:
		return "noted"
	}
	text := fmt.Sprintf("@%d", s.Seen)
	if s.Row != nil {
		text += "=" + string(s.Row)
	}
	if s.Parked != nil {
		text += fmt.Sprintf(" parked at %d", s.Parked.Revision)
	}
	for _, skip := range s.Skips {
		text += fmt.Sprintf(" skipped %d", skip.Revision)
	}
	return text
}
