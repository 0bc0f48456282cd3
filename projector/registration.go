package projector

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aeon-es/aeon/store"
)

// Registration says which versions of a view are kept up to date, and which of them queries see. It is kept beside the
// rows, and read, never from a cache, with every batch of doorbells: a batch that was begun before a version was
// registered has its events in the store already, where the rebuild of that version finds them.
type Registration struct {
	View string `json:"-"`
	// Live is the version that queries see.
	Live int `json:"live"`
	// Since is when it came to be.
	Since time.Time `json:"since"`
	// Versions are those that are kept up to date.
	Versions map[int]RegisteredVersion `json:"versions"`
}

// RegisteredVersion is one version of a view that is kept up to date.
type RegisteredVersion struct {
	// ID is fresh for each registration, of the same version too.
	ID string `json:"id"`
	// Complete says that a rebuild has brought it up to date with every key, so that it may go live.
	Complete bool `json:"complete"`
	// First says that it is the one that the view began with. In a store that had events before, it isn't complete until it was
	// rebuilt or swept: keys show in it as they have news.
	First bool `json:"first,omitempty"`
}

// copies is how often a registration is kept, so that reading it with every batch does not wear out one partition: each
// gives 3,000 reads a second.
const copies = 8

// noteID is the item of one copy.
func (v *versions) noteID(n int) ItemID {
	return ItemID{Kind: NoteItem, View: v.name, ID: fmt.Sprintf("versions/%d", n)}
}

// note is the copy whose turn it is to be read.
func (p *Projector) note(v *versions) ItemID {
	return v.noteID(int(p.recent.reads.Add(1) % copies))
}

// Registrations reads those of all views, in the order in which the views were given.
func (p *Projector) Registrations(ctx context.Context) ([]Registration, error) {
	return p.registrations(ctx, p.views...)
}

// registrations reads those of the views. A view that has none yet is registered: with its lowest version, as live.
func (p *Projector) registrations(ctx context.Context, views ...*versions) ([]Registration, error) {
	ids := make([]ItemID, len(views))
	for i, v := range views {
		ids[i] = p.note(v)
	}
	notes, err := p.backend.Load(ctx, ids...)
	if err != nil {
		return nil, fmt.Errorf("read which versions of the views there are: %w", err)
	}
	found := make([]Registration, len(views))
	for i, v := range views {
		if notes[i].Token == "" {
			found[i], err = p.change(ctx, v, func(*Registration) error { return nil })
		} else {
			found[i], err = v.decode(notes[i].Row)
		}
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// decode reads a note.
func (v *versions) decode(note json.RawMessage) (Registration, error) {
	var r Registration
	if err := json.Unmarshal(note, &r); err != nil {
		return Registration{}, &store.DamagedError{Item: fmt.Sprintf("the registration of view %q", v.name), Problem: err.Error()}
	}
	r.View = v.name
	return r, nil
}

// first is what a view is registered with that has no registration.
func (v *versions) first(now time.Time) Registration {
	lowest := v.known[0].version
	return Registration{
		View: v.name, Live: lowest, Since: now.UTC(),
		Versions: map[int]RegisteredVersion{lowest: {ID: newToken(), First: true}},
	}
}

// change changes a view's registration, all copies of it in one step. f may be called more than once: where somebody else
// changed it first, or where it isn't known whether the change was done.
func (p *Projector) change(ctx context.Context, v *versions, f func(*Registration) error) (Registration, error) {
	var last error
	for range maxRefusals {
		notes, err := p.backend.Load(ctx, v.noteID(0))
		if err != nil {
			return Registration{}, fmt.Errorf("view %q: %w", v.name, err)
		}
		r := v.first(p.now())
		if notes[0].Token != "" {
			if r, err = v.decode(notes[0].Row); err != nil {
				return Registration{}, err
			}
		}
		if err := f(&r); err != nil {
			return Registration{}, err
		}
		done, err := p.saveRegistration(ctx, v, notes[0].Token, r)
		if done {
			return r, nil
		}
		if last = err; ctx.Err() != nil {
			break
		}
		pause(ctx)
	}
	if last == nil {
		last = fmt.Errorf("%w: others kept changing it first", store.ErrThrottled)
	}
	return Registration{}, fmt.Errorf("register the versions of view %q: %w", v.name, last)
}

func (p *Projector) saveRegistration(ctx context.Context, v *versions, was string, r Registration) (bool, error) {
	note, err := json.Marshal(r)
	if err != nil {
		return false, err
	}
	next := Stored{Token: newToken(), Row: note}
	writes := make([]Write, copies)
	for n := range writes {
		writes[n] = Write{ID: v.noteID(n), Was: was, Next: next}
	}
	return p.backend.Save(ctx, writes...)
}

// active is a version that is kept up to date, under the registration with that id.
type active struct {
	*view
	registration string
	allowance    *allowance // of the batch at hand; nil: none
}

// active are the versions of r that this code knows. One that it doesn't is either gone from it, and then stands still, or
// it is a later one: then this process is out of date, and must not take a batch for done.
func (p *Projector) active(v *versions, r Registration) ([]active, error) {
	var all []active
	for version, registered := range r.Versions {
		if known := v.version(version); known != nil {
			all = append(all, active{view: known, registration: registered.ID})
			continue
		}
		if latest := v.known[len(v.known)-1].version; version > latest {
			return nil, fmt.Errorf("%w: view %q has version %d by now, and this process knows it up to %d only: it is out of date, a "+
				"new one will do", store.ErrUnavailable, v.name, version, latest)
		}
		if _, told := p.recent.told.LoadOrStore(registered.ID, true); !told {
			p.log.Warn("a version of the view stands still: this code doesn't have it any more; unregister it", "view", v.name, "version", version)
		}
	}
	slices.SortFunc(all, func(a, b active) int { return a.version - b.version })
	return all, nil
}

// live is the version that queries see.
func (v *versions) live(r Registration) (*view, error) {
	if known := v.version(r.Live); known != nil {
		return known, nil
	}
	return nil, fmt.Errorf("%w: version %d of view %q is live, and this code doesn't have it: put it back, and rebuild into the new one", store.ErrUnavailable,
		r.Live, v.name)
}

// registrationAge is how old what queries go by may be: a switch of versions shows within that time. The version that was live
// before is kept up to date all the same.
const registrationAge = time.Second

// recent remembers registrations for queries. Safe for concurrent use.
type recent struct {
	mu    sync.Mutex
	last  map[string]recently
	reads atomic.Uint32 // of registrations, by whomever
	told  sync.Map      // registrations that stand still, which was said
}

type recently struct {
	live int
	at   time.Time
}

// liveForQuery is the live version as of a moment ago. It writes nothing: of a view that isn't registered yet the first
// version is live.
func (p *Projector) liveForQuery(ctx context.Context, v *versions) (*view, error) {
	p.recent.mu.Lock()
	last, ok := p.recent.last[v.name]
	p.recent.mu.Unlock()
	if ok && time.Since(last.at) < registrationAge {
		return v.live(Registration{Live: last.live})
	}
	at := time.Now()
	notes, err := p.backend.Load(ctx, p.note(v))
	if err != nil {
		return nil, fmt.Errorf("view %q: %w", v.name, err)
	}
	r := Registration{Live: v.known[0].version}
	if notes[0].Token != "" {
		if r, err = v.decode(notes[0].Row); err != nil {
			return nil, err
		}
	}
	p.recent.mu.Lock()
	p.recent.last[v.name] = recently{live: r.Live, at: at}
	p.recent.mu.Unlock()
	return v.live(r)
}
