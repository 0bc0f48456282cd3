package projector

import "context"

// How often rows that are being written are looked at again, and how many of them at most.
const (
	maxLooks   = 5
	maxSuspect = 10_000
)

// suspects are rows that differ, with the token that they had when they were found to.
type suspects map[string]string

// many verifies a view whose rows are made of many keys. It folds all keys into the scratch, each as far as the view has seen it, and
// compares the rows. One that differs may have been written between the two. So they are folded on, to where the view is by then: a
// row that nobody has written meanwhile holds just what is in the scratch then, and is wrong if it differs still.
func (w *verifying) many(ctx context.Context) error {
	scratch := w.options.Scratch
	if scratch == nil {
		scratch = newScratch()
	}
	fold := func(ctx context.Context, key string, at Stored) error {
		w.count(func(d *Verified) { d.Keys++ })
		_, err := w.replay(ctx, scratch, key, at)
		return err
	}
	if err := w.eachKey(ctx, w.options.Progress, fold); err != nil {
		return err
	}
	found, err := w.compareAll(ctx, scratch)
	for look := 1; err == nil && len(found) > 0 && look < maxLooks; look++ {
		w.count(func(d *Verified) { d.Keys, d.Behind, d.Parked = 0, 0, 0 })
		if err = w.eachKey(ctx, nil, fold); err == nil {
			found, err = w.compareAgain(ctx, scratch, found)
		}
	}
	w.count(func(d *Verified) { d.Moving = len(found) })
	return err
}

// compareAll looks for rows that differ, of those there are and of those that there should be.
func (w *verifying) compareAll(ctx context.Context, scratch Backend) (suspects, error) {
	found := suspects{}
	compare := func(id ItemID) error {
		if id.Kind != RowItem || len(found) >= maxSuspect {
			return nil
		}
		stored, folded, err := w.load(ctx, scratch, id.ID)
		if err != nil {
			return err
		}
		if w.differ(stored, folded) != "" {
			found[id.ID] = stored.Token
		}
		return nil
	}
	err := w.eachItem(ctx, w.projector.backend, func(id ItemID) error {
		if id.Kind == RowItem {
			w.done.Rows++
		}
		return compare(id)
	})
	if err != nil {
		return nil, err
	}
	return found, w.eachItem(ctx, scratch, compare)
}

// compareAgain reports the rows that differ though nobody has written them since, and keeps those of which that isn't known.
func (w *verifying) compareAgain(ctx context.Context, scratch Backend, found suspects) (suspects, error) {
	moving := suspects{}
	for id, token := range found {
		stored, folded, err := w.load(ctx, scratch, id)
		if err != nil {
			return nil, err
		}
		problem := w.differ(stored, folded)
		switch {
		case problem == "":
		case stored.Token == token:
			w.report(id, problem, stored.Row, folded.Row)
		default:
			moving[id] = stored.Token
		}
	}
	return moving, nil
}

func (w *verifying) load(ctx context.Context, scratch Backend, id string) (stored, folded Stored, err error) {
	was, err := w.projector.backend.Load(ctx, w.view.row(id))
	if err != nil {
		return stored, folded, err
	}
	is, err := scratch.Load(ctx, w.view.row(id))
	if err != nil {
		return stored, folded, err
	}
	return was[0], is[0], nil
}
