package projector

import (
	"context"
	"encoding/json"
	"time"

	"github.com/aeon-es/aeon/store"
)

// Backend keeps the items of views. Each method is one atomic step. Implementations are safe for concurrent use and
// pass the suite in projector/projectortest.
type Backend interface {
	// Load reads items with strong consistency, in the order of ids: the zero Stored for one that isn't there.
	Load(ctx context.Context, ids ...ItemID) ([]Stored, error)

	// Save does all of the writes, or none and answers false because some item is not as its write expects. At most
	// [MaxWrites], each of another item. An error leaves open whether they were done.
	Save(ctx context.Context, writes ...Write) (bool, error)

	// Ping says whether the database answers and has what the backend needs; if not, the error says
	// what is missing.
	Ping(ctx context.Context) error
}

// MaxWrites is how many items can be written in one step.
const MaxWrites = 100

// Kind tells apart what is kept of a view.
type Kind uint8

const (
	// RowItem is a row. In a view with one row per key it holds the key's seen revision, too.
	RowItem Kind = iota
	// SeenItem holds the seen revision of one key, in a view whose rows aren't one to one with keys.
	SeenItem
)

// ItemID names an item.
type ItemID struct {
	Kind    Kind
	View    string
	Version int
	ID      string // of the row, or the key
}

// Stored is what is kept of an item.
type Stored struct {
	// Token is fresh at every write. Empty: nothing is stored.
	Token string
	// Seen is the last revision of the key that is folded in; 0 where the item holds none.
	Seen store.Revision
	// Row is the row as a JSON object; nil where there is none.
	Row json.RawMessage
	// Parked is the mark on a key whose projection failed; nil if it didn't. It is where Seen is.
	Parked *Parked
}

// Parked is why a key waits for a redrive in a view.
type Parked struct {
	// Revision is that of the event that couldn't be folded.
	Revision store.Revision
	// Class says what went wrong, in a word: one of the Class constants.
	Class string
	// Reason says it at length, for the operator.
	Reason string
	Since  time.Time
}

// Write is one item to be written.
type Write struct {
	ID ItemID
	// Was is the token that the item must have; empty: it must not be there.
	Was string
	// Next replaces the item. Without a token it is removed.
	Next Stored
}
