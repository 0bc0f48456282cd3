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

	// ListParked gives a page of those items of one version of a view that have a mark: at most limit of them, in any
	// order, none twice in a listing. page is "" for the first page, and then what came as next with the one before; next
	// is "" with the last one. A page may have fewer items than there are, even none, and not be the last. The list may lag
	// behind what was saved: a mark that it shows may be gone, and a new one may show a little later.
	ListParked(ctx context.Context, view string, version int, page string, limit int) (items []ParkedItem, next string, err error)

	// Items lists a page of the items of one version of a view, rows and seen revisions, in any order. Those that are written
	// or removed meanwhile may be in it or not.
	Items(ctx context.Context, q ItemQuery) (ItemPage, error)

	// List reads a page of the rows of one version of a view. It may lag behind what was written.
	List(ctx context.Context, q ListQuery) (ListPage, error)

	// Ping says whether the database answers and has what the backend needs; if not, the error says
	// what is missing.
	Ping(ctx context.Context) error
}

// EachSaver is a [Backend] that can do several writes in one go, each by itself, and is faster so than by saving them one by one.
type EachSaver interface {
	// SaveEach does those of the writes whose item is as they expect, and answers for each whether it was done. At most
	// [MaxEach], each of another item. An error leaves open which of them were done.
	SaveEach(ctx context.Context, writes ...Write) ([]bool, error)
}

// MaxEach is how many items an [EachSaver] is given at once.
const MaxEach = 1000

// MaxWrites is how many items can be written in one step.
const MaxWrites = 100

// Kind tells apart what is kept of a view.
type Kind uint8

const (
	// RowItem is a row. In a view with one row per key it holds the key's seen revision, too.
	RowItem Kind = iota
	// SeenItem holds the seen revision of one key, in a view whose rows aren't one to one with keys.
	SeenItem
	// NoteItem is what a projector keeps for itself, such as which versions of a view there are: as JSON, where a row would
	// be. Version is 0, and View may be empty.
	NoteItem
)

// ItemID names an item.
type ItemID struct {
	Kind    Kind
	View    string
	Version int
	ID      string // of the row, or the key, or the note's name
}

// ItemQuery asks for the items of one version of a view.
type ItemQuery struct {
	View    string
	Version int
	// After is the Next of the page before; empty for the first one.
	After string
}

// ItemPage is one page of items.
type ItemPage struct {
	IDs []ItemID
	// Next is where the next page begins; empty at the end. A page may be empty and not the last.
	Next string
}

// Stored is what is kept of an item.
type Stored struct {
	// Token is fresh at every write. Empty: nothing is stored.
	Token string
	// Seen is the last revision of the key that is folded in; 0 where the item holds none.
	Seen store.Revision
	// Row is the row as a JSON object; nil where there is none.
	Row json.RawMessage
	// Rank is where the row stands in lists: at most [MaxRank] bytes of UTF-8, without U+0000. Empty: it isn't listed by rank.
	Rank string
	// Parked is the mark on a key whose projection failed; nil if it didn't. It is where Seen is.
	Parked *Parked
	// Skips are the events that the view passed over because an operator said so, oldest first, where Seen is. They stay as
	// long as the item does.
	Skips []Skip
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

// Skip is an event that a view passed over because an operator said so.
type Skip struct {
	Revision store.Revision
	// Reason is the operator's, for those who wonder later.
	Reason string
	At     time.Time
}

// ParkedItem is an item with a mark, as a listing shows it.
type ParkedItem struct {
	ID     ItemID
	Seen   store.Revision
	Parked Parked
}

// ListQuery asks for rows of one version of a view.
type ListQuery struct {
	View    string
	Version int
	// Ranked asks for the rows that have a rank, by the bytes of their ranks, and by those of their ids where ranks are the same
	// (as far as their first 400 bytes). Otherwise it asks for all rows, in no particular order.
	Ranked bool
	// Backward asks for the last ones first; only with Ranked.
	Backward bool
	// After is a place: only rows behind it are wanted, whatever has become of the row that it was of. Empty: from the first.
	// One that the backend never gave may be a [*store.InvalidError].
	After string
	// Limit is how many rows the page may hold, 1 or more.
	Limit int
}

// ListPage is one page of rows. It may hold fewer than were asked for, or none, and not be the last; it ends with the row that
// makes it [MaxListPage] or more.
type ListPage struct {
	Rows []ListedRow
	// Next is the place to go on behind. Empty: there are no more.
	Next string
}

// ListedRow is one row of a page.
type ListedRow struct {
	ID string
	Stored
	// Place is where the row stands, for [ListQuery.After].
	Place string
}

// MaxListPage is how large the rows of a page are together, in bytes of their JSON, when it ends before its limit.
const MaxListPage = 4 << 20

// Write is one item to be written.
type Write struct {
	ID ItemID
	// Was is the token that the item must have; empty: it must not be there.
	Was string
	// Next replaces the item. Without a token it is removed.
	Next Stored
}
