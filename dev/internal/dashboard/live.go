package dashboard

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// pulse is how often the lag is measured and told.
const pulse = 500 * time.Millisecond

// Live observes a projector, and tells the pages that look on. Make it with [NewLive], give its observer to the projector, and
// have it run.
type Live struct {
	keys atomic.Pointer[keyIndex]
	lags *lags
	done chan struct{} // closed when it ends

	mu       sync.Mutex
	feeds    map[*feed]struct{}
	arrived  int64 // events, since it began
	finished bool
}

// NewLive makes one.
func NewLive() *Live {
	return &Live{lags: newLags(), done: make(chan struct{}), feeds: map[*feed]struct{}{}}
}

// Observer is what the projector is to be given.
func (l *Live) Observer() *projector.Observer {
	return &projector.Observer{Rung: l.rung, Saved: l.saved}
}

// Run measures until ctx ends, and then lets go of every page.
func (l *Live) Run(ctx context.Context, p *projector.Projector) {
	tick := time.NewTicker(pulse)
	defer tick.Stop()
	defer l.finish()
	l.lags.follow(p)
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		l.lags.settle(ctx, p)
		s := l.lags.sample(time.Now(), l.count())
		l.tell(func(n *news) { n.Pulse = &s })
	}
}

func (l *Live) finish() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.finished = true
	close(l.done)
}

func (l *Live) count() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.arrived
}

// commitLine is a commit as it arrived at the projector.
type commitLine struct {
	Key      string         `json:"key"`
	Revision store.Revision `json:"revision"` // of its first event
	Count    int            `json:"count"`
	Position store.Position `json:"position"` // of its first event
	At       time.Time      `json:"committedAt"`
	Types    []string       `json:"types"`   // of its first events
	Arrived  float64        `json:"arrived"` // when that was, as milliseconds of Unix time
}

// maxTypes is how many types of a commit are told.
const maxTypes = 8

func (l *Live) rung(bells []projector.Doorbell) {
	now := time.Now()
	lines := make([]commitLine, 0, len(bells))
	events := 0
	for _, b := range bells {
		c := b.Commit
		if c == nil || len(c.Events) == 0 {
			continue
		}
		events += len(c.Events)
		l.lags.arrived(c.Key, c.Last(), c.CommittedAt, now)
		if keys := l.keys.Load(); keys != nil {
			keys.note(c.Event(len(c.Events) - 1))
		}
		lines = append(lines, lineOfCommit(c, now))
	}
	l.mu.Lock()
	l.arrived += int64(events)
	l.mu.Unlock()
	l.tell(func(n *news) { n.addCommits(lines) })
}

func lineOfCommit(c *store.Commit, now time.Time) commitLine {
	line := commitLine{Key: c.Key, Revision: c.Revision, Count: len(c.Events), Position: c.Position, At: c.CommittedAt, Arrived: millis(now)}
	for _, e := range c.Events[:min(len(c.Events), maxTypes)] {
		line.Types = append(line.Types, e.Type)
	}
	return line
}

func (l *Live) saved(at projector.Standing) {
	now := time.Now()
	l.lags.saved(at, now)
	line := lineOf(at)
	line.Saved = millis(now)
	l.tell(func(n *news) { n.addStanding(line) })
}

func millis(t time.Time) float64 { return float64(t.UnixMicro()) / 1000 }

// tell tells every page.
func (l *Live) tell(add func(*news)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for f := range l.feeds {
		f.add(add)
	}
}
