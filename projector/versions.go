package projector

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// versions are the versions of one view that this code knows.
type versions struct {
	name  string
	keyed bool
	known []*view // ascending
}

// version is one of them, nil if it isn't known.
func (v *versions) version(n int) *view {
	for _, known := range v.known {
		if known.version == n {
			return known
		}
	}
	return nil
}

// wants says whether some version wants the key.
func (v *versions) wants(key string) bool {
	return slices.ContainsFunc(v.known, func(known *view) bool { return known.wants(key) })
}

// add adds a version of a view.
func (p *Projector) add(v *view) error {
	i := slices.IndexFunc(p.views, func(all *versions) bool { return all.name == v.name })
	if i < 0 {
		p.views = append(p.views, &versions{name: v.name, keyed: v.keyed, known: []*view{v}})
		return nil
	}
	all := p.views[i]
	switch {
	case all.version(v.version) != nil:
		return fmt.Errorf("view %q is defined twice with version %d", v.name, v.version)
	case all.keyed != v.keyed:
		return fmt.Errorf("view %q has one row per key in one version and IDs in another: give the new one another name", v.name)
	}
	all.known = append(all.known, v)
	slices.SortFunc(all.known, func(a, b *view) int { return a.version - b.version })
	return nil
}

// Register has a version of a view kept up to date from now on, beside those that are already. Every process that projects has
// to know the version by then; one that doesn't takes no more batches. Rows come to be as keys have news; [Projector.Rebuild]
// sees to the rest. Registering what is registered changes nothing.
func (p *Projector) Register(ctx context.Context, viewName string, version int) (Registration, error) {
	v, err := p.knows(viewName, version)
	if err != nil {
		return Registration{}, err
	}
	return p.change(ctx, v, func(r *Registration) error {
		if _, ok := r.Versions[version]; !ok {
			r.Versions[version] = RegisteredVersion{ID: newToken()}
		}
		return nil
	})
}

// Switch has queries see another version of a view, all of it at once; within a second every process that answers queries
// does. The version must be complete: see [Projector.Rebuild]. The one before is kept up to date on, so that switching back is as easy,
// until it is unregistered.
func (p *Projector) Switch(ctx context.Context, viewName string, version int) (Registration, error) {
	v, err := p.knows(viewName, version)
	if err != nil {
		return Registration{}, err
	}
	return p.change(ctx, v, func(r *Registration) error {
		switch {
		case r.Live == version:
			return nil
		case !r.Versions[version].Complete && !r.Versions[version].First:
			return fmt.Errorf("view %q: version %d is not complete: rebuild it first", viewName, version)
		}
		r.Live, r.Since = version, p.now().UTC()
		return nil
	})
}

// Upgrade rebuilds each view whose latest version isn't the live one, and switches to it, and completes each view that is new: for an
// application that runs in one process, where code that is started anew has the new version only. Errors are those of
// [Projector.Rebuild].
func (p *Projector) Upgrade(ctx context.Context, o *RebuildOptions) error {
	registered, err := p.Registrations(ctx)
	if err != nil {
		return err
	}
	for i, v := range p.views {
		latest, live := v.known[len(v.known)-1].version, registered[i].Live
		if latest < live || latest == live && registered[i].Versions[live].Complete {
			continue
		}
		if _, err := p.Rebuild(ctx, v.name, latest, o); err != nil {
			return err
		}
		if _, err := p.Switch(ctx, v.name, latest); err != nil {
			return err
		}
		p.log.Info("view is complete", "view", v.name, "version", latest)
	}
	return nil
}

// Unregister has a version of a view stand still that isn't live: the old one behind a switch, or a new one that is given up.
// Then [Projector.Drop] can remove its rows.
func (p *Projector) Unregister(ctx context.Context, viewName string, version int) (Registration, error) {
	v, err := p.named(viewName)
	if err != nil {
		return Registration{}, err
	}
	return p.change(ctx, v, func(r *Registration) error {
		switch {
		case r.Live == version:
			return fmt.Errorf("view %q: version %d is live: switch to another first", viewName, version)
		case p.now().Sub(r.Since) < settleTime:
			return fmt.Errorf("view %q: version %d is live since %s only, and some queries may see the one before still: try again in %s",
				viewName, r.Live, r.Since.Format(time.RFC3339), settleTime)
		}
		delete(r.Versions, version)
		return nil
	})
}

// settleTime is how long after a switch the version before is kept: by then no query goes by what was.
const settleTime = 10 * registrationAge

// Drop removes the items of a version that isn't registered, and answers how many those were. A batch that was under way when the
// version was unregistered may leave a few behind; dropping again removes them.
func (p *Projector) Drop(ctx context.Context, viewName string, version int) (int, error) {
	v, err := p.named(viewName)
	if err != nil {
		return 0, err
	}
	all, err := p.registrations(ctx, v)
	if err != nil {
		return 0, err
	}
	if _, registered := all[0].Versions[version]; registered {
		return 0, fmt.Errorf("view %q: version %d is kept up to date: unregister it first", viewName, version)
	}
	dropped := 0
	for q := (ItemQuery{View: viewName, Version: version}); ; {
		page, err := p.backend.Items(ctx, q)
		if err != nil {
			return dropped, fmt.Errorf("drop version %d of view %q: %w", version, viewName, err)
		}
		n, err := p.remove(ctx, page.IDs)
		if dropped += n; err != nil {
			return dropped, fmt.Errorf("drop version %d of view %q: %w", version, viewName, err)
		}
		if q.After = page.Next; q.After == "" {
			return dropped, nil
		}
	}
}

// remove removes items, each by itself, and answers how many were there.
func (p *Projector) remove(ctx context.Context, ids []ItemID) (int, error) {
	removed := 0
	for some := range slices.Chunk(ids, MaxWrites) {
		items, err := p.backend.Load(ctx, some...)
		if err != nil {
			return removed, err
		}
		for i, id := range some {
			if items[i].Token == "" {
				continue
			}
			done, err := p.backend.Save(ctx, Write{ID: id, Was: items[i].Token})
			if err != nil {
				return removed, err
			}
			if done {
				removed++
			}
		}
	}
	return removed, nil
}

// knows is the view of that name, if this code has the version.
func (p *Projector) knows(viewName string, version int) (*versions, error) {
	v, err := p.named(viewName)
	if err != nil {
		return nil, err
	}
	if v.version(version) == nil {
		return nil, fmt.Errorf("%w %q, version %d: this code has %s", ErrUnknownView, viewName, version, v.list())
	}
	return v, nil
}

// list names the known versions.
func (v *versions) list() string {
	s := ""
	for i, known := range v.known {
		if i > 0 {
			s += ", "
		}
		s += fmt.Sprint(known.version)
	}
	return s
}
