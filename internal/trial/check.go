package trial

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// Report is how a store stands with its load.
type Report struct {
	// Differences tell what isn't as it has to be; none if all is.
	Differences []string
	// Poisoned are the keys with an event that can't be counted, sorted.
	Poisoned []string
}

// Check says whether the store has what was appended, each view shows exactly what the store's events make, and the keys with
// an event that can't be counted are parked, and no others.
func (l *Load) Check(ctx context.Context, p *projector.Projector) (r Report, err error) {
	for _, key := range l.Keys() {
		want, err := l.Rows(ctx, key)
		if err != nil {
			return r, err
		}
		if want.Counted < want.Seen {
			r.Poisoned = append(r.Poisoned, key)
		}
		err = errors.Join(r.row(ctx, p, "counters", key, want.Counted, want.Counters), r.row(ctx, p, "streams", key, want.Seen, want.Streams))
		if err != nil {
			return r, err
		}
	}
	return r, errors.Join(l.Parked(ctx, p, &r, "counters", r.Poisoned), l.Parked(ctx, p, &r, "streams", nil))
}

// row notes what is wrong with a row.
func (r *Report) row(ctx context.Context, p *projector.Projector, view, key string, revision store.Revision, row string) error {
	got, err := p.Query(ctx, view, key)
	if err != nil && !errors.Is(err, projector.ErrParked) {
		return err
	}
	if got.Revision != revision || string(got.Row) != row {
		r.Differences = append(r.Differences,
			fmt.Sprintf("%s of %q: %s at revision %d, want %s at revision %d", view, key, got.Row, got.Revision, row, revision))
	}
	return nil
}

// Parked notes in r if others than the given keys of the load, which are sorted, are parked in a view.
func (l *Load) Parked(ctx context.Context, p *projector.Projector, r *Report, view string, want []string) error {
	var got []string
	for s, err := range p.Parked(ctx, view) {
		if err != nil {
			return err
		}
		if _, ours := l.events[s.Key]; ours {
			got = append(got, s.Key)
		}
	}
	slices.Sort(got)
	if got = slices.Compact(got); !slices.Equal(got, want) {
		r.Differences = append(r.Differences, fmt.Sprintf("%s: parked are %q, want %q", view, got, want))
	}
	return nil
}
