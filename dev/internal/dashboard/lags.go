package dashboard

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

const (
	// maxSamples is how many pulses are remembered: two minutes.
	maxSamples = 240
	// maxPending is how many keys are waited for in each view.
	maxPending = 10_000
	// doubtful is how long a key is waited for before the view is asked; doubts is how many are asked at once.
	doubtful = 2 * time.Second
	doubts   = 50
)

// sample is one measurement of all views.
type sample struct {
	At     time.Time            `json:"at"`
	Events int64                `json:"events"` // that arrived since the start
	Views  map[string]viewPulse `json:"views"`
}

// viewPulse is how one view does.
type viewPulse struct {
	// Lag is the longest time, in milliseconds, from append to view since the sample before, or for which something has been
	// waiting; nil if nothing came.
	Lag *float64 `json:"lag,omitempty"`
	// Behind is how many keys have news that the view hasn't seen.
	Behind int `json:"behind"`
	// Seen counts the steps that it made since the start.
	Seen int64 `json:"seen"`
}

// lags measures how far views are behind.
type lags struct {
	mu      sync.Mutex
	views   map[string]*viewLag // by name
	samples []sample
}

type viewLag struct {
	pending map[string]arrival // by key
	worst   *float64           // since the last sample
	seen    int64
}

// arrival is the first event of a key that the view hasn't seen.
type arrival struct {
	revision  store.Revision // the last that came
	committed time.Time
	arrived   time.Time
	behind    bool // the view said so itself
}

func newLags() *lags { return &lags{views: map[string]*viewLag{}} }

// follow has the views of p measured.
func (l *lags) follow(p *projector.Projector) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, name := range p.Views() {
		if l.views[name] == nil {
			l.views[name] = &viewLag{pending: map[string]arrival{}}
		}
	}
}

func (l *lags) arrived(key string, last store.Revision, committed, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, v := range l.views {
		a, waiting := v.pending[key]
		switch {
		case waiting:
			a.revision = max(a.revision, last)
		case len(v.pending) < maxPending:
			a = arrival{revision: last, committed: committed, arrived: now}
		default:
			continue
		}
		v.pending[key] = a
	}
}

func (l *lags) saved(at projector.Standing, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	v := l.views[at.View]
	if v == nil {
		return
	}
	v.seen++
	a, waiting := v.pending[at.Key]
	if !waiting || at.Seen < a.revision && at.Parked == nil {
		return
	}
	delete(v.pending, at.Key)
	if at.Parked == nil {
		v.measured(now.Sub(a.committed))
	}
}

func (v *viewLag) measured(lag time.Duration) {
	ms := float64(max(lag, 0).Microseconds()) / 1000
	if v.worst == nil || *v.worst < ms {
		v.worst = &ms
	}
}

// settle asks the views about what has been waited for suspiciously long: the view may not want the key at all, it may be parked,
// or another process may have been first.
func (l *lags) settle(ctx context.Context, p *projector.Projector) {
	for _, d := range l.doubts(time.Now()) {
		seen, err := p.Seen(ctx, d.view, d.key)
		done := errors.Is(err, projector.ErrUnwantedKey) || errors.Is(err, projector.ErrParked) || err == nil && seen >= d.revision
		l.settled(d, done)
	}
}

func (l *lags) settled(d doubt, done bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	pending := l.views[d.view].pending
	a, waiting := pending[d.key]
	switch {
	case !waiting || a.revision != d.revision:
	case done:
		delete(pending, d.key)
	default:
		a.behind = true
		pending[d.key] = a
	}
}

type doubt struct {
	view, key string
	revision  store.Revision
}

func (l *lags) doubts(now time.Time) (all []doubt) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for name, v := range l.views {
		for key, a := range v.pending {
			if now.Sub(a.arrived) > doubtful && len(all) < doubts {
				all = append(all, doubt{name, key, a.revision})
			}
		}
	}
	return all
}

// sample measures, and begins anew.
func (l *lags) sample(now time.Time, events int64) sample {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := sample{At: now.UTC(), Events: events, Views: map[string]viewPulse{}}
	for name, v := range l.views {
		for _, a := range v.pending {
			if a.behind {
				v.measured(now.Sub(a.committed))
			}
		}
		s.Views[name] = viewPulse{Lag: v.worst, Behind: len(v.pending), Seen: v.seen}
		v.worst = nil
	}
	l.samples = append(l.samples, s)
	if over := len(l.samples) - maxSamples; over > 0 {
		l.samples = slices.Delete(l.samples, 0, over)
	}
	return s
}

func (l *lags) history() []sample {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]sample{}, l.samples...) // an empty list, not none
}
