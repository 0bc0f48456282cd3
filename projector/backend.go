package projector

import (
	"context"
	"encoding/json"

	"github.com/aeon-es/aeon/store"
)

// RowID names one row of one version of a view.
type RowID struct {
	View    string
	Version int
	ID      string
}

// Stored is what a backend keeps of a row.
type Stored struct {
	// Seen is the last revision of the row's key that is folded into it; 0 means that nothing is stored.
	Seen store.Revision
	// Row is the row as a JSON object; nil where there is none, be it deleted or not yet there.
	Row json.RawMessage
}

// Backend keeps rows. Each method is one atomic request. Implementations are safe for concurrent use
// and pass the suite in projector/projectortest.
type Backend interface {
	// Load reads a row with strong consistency, the zero Stored if nothing is stored.
	Load(ctx context.Context, id RowID) (Stored, error)

	// Save stores next if what is stored still has seen as its seen revision. If not, it changes nothing and
	// answers what is stored instead. An error leaves open whether it was stored.
	Save(ctx context.Context, id RowID, seen store.Revision, next Stored) (instead *Stored, err error)

	// Ping says whether the database answers and has what the backend needs; if not, the error says
	// what is missing.
	Ping(ctx context.Context) error
}
