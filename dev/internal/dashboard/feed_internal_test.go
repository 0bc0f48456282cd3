package dashboard

import (
	"testing"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// A page that doesn't read holds nobody up, and costs no more than what it is told at once: it has the last of it, and how much came
// before that.
func TestSlowPages(t *testing.T) {
	t.Parallel()
	l := NewLive()
	f, ok := l.join()
	if !ok {
		t.Fatal("it isn't let in")
	}
	const many = 3 * maxNews
	for i := 1; i <= many; i++ {
		c := &store.Commit{Key: "key", Revision: store.Revision(i), Count: 1, Events: []store.Pending{{Type: "happened"}}}
		l.rung([]projector.Doorbell{{Key: "key", Revision: c.Revision, Commit: c}, {Key: "rung without news"}})
		l.saved(projector.Standing{View: "view", Key: "key", Seen: c.Revision})
	}
	n := f.take()
	if len(n.Commits) != maxNews || len(n.Standing) != maxNews || n.Missed != 2*(many-maxNews) {
		t.Errorf("%d commits, %d standings, %d missed", len(n.Commits), len(n.Standing), n.Missed)
	}
	if last := n.Commits[maxNews-1].Revision; last != many {
		t.Errorf("the last is %d", last)
	}
	if n := f.take(); len(n.Commits)+len(n.Standing)+n.Missed > 0 {
		t.Errorf("told twice: %+v", n)
	}
	if l.count() != many {
		t.Errorf("counted %d events", l.count())
	}
	l.leave(f)
	l.rung([]projector.Doorbell{{Key: "key", Commit: &store.Commit{Key: "key", Revision: 1, Count: 1, Events: []store.Pending{{Type: "happened"}}}}})
	if n := f.take(); len(n.Commits) > 0 {
		t.Error("told after it has left")
	}
}
