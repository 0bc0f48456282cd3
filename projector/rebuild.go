package projector

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// RebuildOptions are the optional settings of [Projector.Rebuild] and [Projector.Sweep]; nil means all defaults.
type RebuildOptions struct {
	// Segments is how many parts of the store are read side by side; 0 means [DefaultSegments]. A rebuild goes on with the
	// number that it was begun with.
	Segments int
	// WriteUnits is how many of DynamoDB's write units to consume in a second at most, so that live traffic keeps what it
	// needs; 0 means no limit. Units are counted by size, on any database.
	WriteUnits int
	// Progress, if not nil, is told of each page of keys that is done, one at a time.
	Progress func(Progress)
}

// DefaultSegments is how many parts of the store are read side by side unless said otherwise.
const DefaultSegments = 4

func (o *RebuildOptions) segments() int {
	if o == nil || o.Segments <= 0 {
		return DefaultSegments
	}
	return o.Segments
}

// Progress says how far a rebuild or a sweep is.
type Progress struct {
	Keys     int // done so far, in this and in earlier runs; a key may count more than once
	Segments int // how many there are
	Ended    int // how many of them are read to their end
}

// Comparison says how a version that was rebuilt compares with the live one.
type Comparison struct {
	Keys int // that were looked at
	// Behind are keys of which the version hasn't seen as much as the live one; Parked are keys of which it can't fold an
	// event. With any of them it isn't complete.
	Behind, Parked int
	// Same and Different count the rows of the live version that the new one has too, just so, or has otherwise or not at all.
	// Where the code is another, rows differ; and live traffic may change one between two looks.
	Same, Different int
}

// Rebuild fills a version of a view beside the live one: registers it, so that live traffic drives both, catches up on every
// key of the store, and compares. Then [Projector.Switch] makes it live. It may be stopped at any time, also by a crash, and goes
// on where it was, and may run in several processes; a registration made anew begins anew.
//
// With a projector that has a [Redriver], what can't be folded is parked, and its message sent, as ever.
//
// Errors: [ErrUnknownView]; [*IncompleteError] where the version lags or has parked keys; what the databases answer.
func (p *Projector) Rebuild(ctx context.Context, viewName string, version int, o *RebuildOptions) (Comparison, error) {
	r, err := p.Register(ctx, viewName, version)
	if err != nil {
		return Comparison{}, err
	}
	v, err := p.named(viewName)
	if err != nil {
		return Comparison{}, err
	}
	target := active{view: v.version(version), registration: r.Versions[version].ID}
	paced := p.paced(o)
	name := fmt.Sprintf("rebuild/%d", version)
	err = paced.eachKey(ctx, o, &ItemID{Kind: NoteItem, View: viewName, ID: name}, target.registration, func(ctx context.Context, keys []string) error {
		return paced.catchUpOn(ctx, target, keys)
	})
	if err != nil {
		return Comparison{}, fmt.Errorf("rebuild version %d of view %q: %w", version, viewName, err)
	}
	c, err := paced.compare(ctx, v, r, target, o)
	if err != nil {
		return c, fmt.Errorf("compare version %d of view %q: %w", version, viewName, err)
	}
	_, err = p.change(ctx, v, func(r *Registration) error {
		now, ok := r.Versions[version]
		if !ok || now.ID != target.registration {
			return fmt.Errorf("version %d of view %q was unregistered meanwhile", version, viewName)
		}
		now.Complete = true
		r.Versions[version] = now
		return nil
	})
	return c, err
}

// Sweep rings every key of the store, for all views or those named: after an outage that lasted longer than the stream keeps its
// records, and once for a view that is new in a store that has events. What a view has seen already costs a read and changes nothing.
//
// Keys that can't be folded are parked, which is no error. Errors: [ErrUnknownView], and what the databases answer.
func (p *Projector) Sweep(ctx context.Context, o *RebuildOptions, viewNames ...string) error {
	swept := p.paced(o)
	if len(viewNames) > 0 {
		swept.views = nil
		for _, name := range viewNames {
			v, err := p.named(name)
			if err != nil {
				return err
			}
			swept.views = append(swept.views, v)
		}
	}
	return swept.eachKey(ctx, o, nil, "", func(ctx context.Context, keys []string) error {
		bells := make([]Doorbell, len(keys))
		for i, key := range keys {
			bells[i].Key = key
		}
		return swept.Ring(ctx, bells)
	})
}

// catchUpOn brings one version up to date with keys.
func (p *Projector) catchUpOn(ctx context.Context, v active, keys []string) error {
	news := make([]*keyNews, len(keys))
	for i, key := range keys {
		news[i] = &keyNews{key: key}
	}
	return errors.Join(slices.Collect(maps.Values(p.catchUpAll(ctx, v, news)))...)
}
