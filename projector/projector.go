package projector

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/aeon-es/aeon/store"
)

// Projector keeps views up to date and answers queries on them. Make it with [New]; safe for concurrent use,
// and any number of them may work on the same tables.
type Projector struct {
	store   *store.Store
	backend Backend
	views   []*view
}

// New makes a projector for views, with their rows in b and their events in s. Errors name a view that
// is not well defined or defined twice.
func New(s *store.Store, b Backend, views ...Definition) (*Projector, error) {
	p := &Projector{store: s, backend: b}
	for _, d := range views {
		v, err := d.compile()
		if err != nil {
			return nil, err
		}
		if _, err := p.view(v.name); err == nil {
			return nil, fmt.Errorf("view %q is defined twice", v.name)
		}
		p.views = append(p.views, v)
	}
	return p, nil
}

// Result is the answer to a query for one row.
type Result struct {
	View string
	ID   string
	// Revision is the last revision of the row's key that the row shows; 0 if none was seen yet.
	Revision store.Revision
	// Row is the row as a JSON object, nil if there is none.
	Row json.RawMessage
}

// Query reads one row of a view, with strong consistency, so that what a later query shows is never older.
// Errors: [ErrUnknownView], [ErrUnwantedKey], a [*store.InvalidError] for an id that can't be, and what the
// database answers.
func (p *Projector) Query(ctx context.Context, viewName, id string) (Result, error) {
	v, err := p.view(viewName)
	if err != nil {
		return Result{}, err
	}
	if err := store.ValidateKey(id); err != nil {
		return Result{}, err
	}
	if !v.wants(id) {
		return Result{}, fmt.Errorf("view %q, key %q: %w", v.name, id, ErrUnwantedKey)
	}
	stored, err := p.backend.Load(ctx, v.row(id))
	if err != nil {
		return Result{}, fmt.Errorf("read row %q of view %q: %w", id, v.name, err)
	}
	r := Result{View: v.name, ID: id, Revision: stored.Seen}
	if stored.Row != nil {
		if r.Row, err = v.tidy(stored.Row); err != nil {
			return Result{}, fmt.Errorf("row %q of view %q: %w", id, v.name, err)
		}
	}
	return r, nil
}

// Views are the names of the projector's views, in the order given.
func (p *Projector) Views() []string {
	names := make([]string, len(p.views))
	for i, v := range p.views {
		names[i] = v.name
	}
	return names
}

// Versions are the projector's views with their versions, such as "counters#1", in the order given.
func (p *Projector) Versions() []string {
	versions := make([]string, len(p.views))
	for i, v := range p.views {
		versions[i] = fmt.Sprintf("%s#%d", v.name, v.version)
	}
	return versions
}

// Ping says whether the database that keeps the rows answers; if not, the error says what is missing.
func (p *Projector) Ping(ctx context.Context) error { return p.backend.Ping(ctx) }

func (p *Projector) view(name string) (*view, error) {
	for _, v := range p.views {
		if v.name == name {
			return v, nil
		}
	}
	return nil, fmt.Errorf("%w %q", ErrUnknownView, name)
}

// row names the row of a key.
func (v *view) row(key string) RowID { return RowID{View: v.name, Version: v.version, ID: key} }
