package projector

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/aeon-es/aeon/store"
)

// Projector keeps views up to date and answers queries on them. Make it with [New]; safe for concurrent use,
// and any number of them may work on the same tables.
type Projector struct {
	store      *store.Store
	backend    Backend
	views      []*versions
	recent     *recent // for queries
	seen       *seenCache
	counts     *counts
	waiters    *waiters
	redriver   Redriver
	observer   *Observer
	log        *slog.Logger
	now        func() time.Time
	applyLimit time.Duration
}

// Options are the optional settings of a [Projector]; nil means all defaults.
type Options struct {
	// Redriver is told of each key that is parked; nil means nobody is.
	Redriver Redriver
	// Observer is told what the projector does; nil means nobody is.
	Observer *Observer
	// Log is where reports go; nil means [slog.Default].
	Log *slog.Logger
	// ApplyLimit is how long a view's code may take for one event before the key is parked, give or take as much again; 0
	// means [DefaultApplyLimit].
	ApplyLimit time.Duration
	// Now is the clock that says since when a key is parked; nil means [time.Now].
	Now func() time.Time
}

// New makes a projector for views, with their rows in b and their events in s. Several versions of a view may be given, each
// with its own code: see [Projector.Register]. Errors name a view that is not well defined, or a version defined twice.
func New(s *store.Store, b Backend, o *Options, views ...Definition) (*Projector, error) {
	if o == nil {
		o = &Options{}
	}
	p := &Projector{
		store: s, backend: b, redriver: o.Redriver, observer: o.Observer, log: o.Log, now: o.Now,
		applyLimit: cmp.Or(o.ApplyLimit, DefaultApplyLimit),
		recent:     &recent{last: map[string]recently{}},
		seen:       newSeenCache(),
		counts:     &counts{},
		waiters:    newWaiters(),
	}
	if p.log == nil {
		p.log = slog.Default()
	}
	if p.now == nil {
		p.now = time.Now
	}
	for _, d := range views {
		v, err := d.compile()
		if err != nil {
			return nil, err
		}
		if err := p.add(v); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// Result is the answer to a query for one row.
type Result struct {
	View string
	ID   string
	// Revision is the last revision of the row's key that the row shows; 0 if none was seen yet, or if the view's rows
	// aren't one to one with keys.
	Revision store.Revision
	// Row is the row as a JSON object, nil if there is none.
	Row json.RawMessage
}

// Query reads one row of a view, with strong consistency, so that what a later query shows is never older.
// Errors: [ErrUnknownView], [ErrUnwantedKey], a [*store.InvalidError] for an id that can't be, and what the
// database answers. A row that is parked comes with a [*ParkedError].
func (p *Projector) Query(ctx context.Context, viewName, id string) (Result, error) {
	v, err := p.queried(ctx, viewName, id)
	if err != nil {
		return Result{}, err
	}
	return p.read(ctx, v, id)
}

// read reads a row of one version of a view.
func (p *Projector) read(ctx context.Context, v *view, id string) (Result, error) {
	items, err := p.backend.Load(ctx, v.row(id))
	if err != nil {
		return Result{}, fmt.Errorf("read row %q of view %q: %w", id, v.name, err)
	}
	r := Result{View: v.name, ID: id, Revision: items[0].Seen}
	if items[0].Row != nil {
		if r.Row, err = v.tidy(items[0].Row); err != nil {
			return Result{}, fmt.Errorf("row %q of view %q: %w", id, v.name, err)
		}
	}
	if mark := items[0].Parked; mark != nil {
		return r, &ParkedError{View: v.name, Key: id, Seen: r.Revision, Parked: *mark}
	}
	return r, nil
}

// Seen is the last revision of key that the view has seen; with a [*ParkedError] where the key is parked. Its other errors
// are those of [Projector.CatchUp].
func (p *Projector) Seen(ctx context.Context, viewName, key string) (store.Revision, error) {
	all, err := p.wanting(viewName, key)
	if err != nil {
		return 0, err
	}
	v, err := p.liveForQuery(ctx, all)
	if err != nil {
		return 0, err
	}
	at, err := p.session(active{view: v}).at(ctx, key)
	if err == nil && at.Parked != nil {
		err = &ParkedError{View: v.name, Key: key, Seen: at.Seen, Parked: *at.Parked}
	}
	return at.Seen, err
}

// queried is the live version of a view, if it can have a row of that id.
func (p *Projector) queried(ctx context.Context, viewName, id string) (*view, error) {
	all, err := p.named(viewName)
	if err == nil && all.keyed {
		_, err = p.wanting(viewName, id)
	}
	if err == nil {
		err = store.ValidateKey(id)
	}
	if err != nil {
		return nil, err
	}
	return p.liveForQuery(ctx, all)
}

// Keyed says whether a view has one row per key, so that the revision of a row is that of its key. Errors: [ErrUnknownView].
func (p *Projector) Keyed(viewName string) (bool, error) {
	v, err := p.named(viewName)
	return err == nil && v.keyed, err
}

// Views are the names of the projector's views, in the order given.
func (p *Projector) Views() []string {
	names := make([]string, len(p.views))
	for i, v := range p.views {
		names[i] = v.name
	}
	return names
}

// Versions are the versions of views that this code has, such as "counters#1".
func (p *Projector) Versions() []string {
	var versions []string
	for _, v := range p.views {
		for _, known := range v.known {
			versions = append(versions, fmt.Sprintf("%s#%d", v.name, known.version))
		}
	}
	return versions
}

// Ping says whether the database that keeps the rows answers; if not, the error says what is missing.
func (p *Projector) Ping(ctx context.Context) error { return p.backend.Ping(ctx) }

// named is the view of that name.
func (p *Projector) named(name string) (*versions, error) {
	for _, v := range p.views {
		if v.name == name {
			return v, nil
		}
	}
	names := make([]string, len(p.views))
	for i, v := range p.views {
		names[i] = v.name
	}
	return nil, fmt.Errorf("%w %q: known are %s", ErrUnknownView, name, strings.Join(names, ", "))
}
