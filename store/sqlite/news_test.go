package sqlite

import (
	"testing"
	"time"

	"github.com/aeon-es/aeon/store"
)

// listened says whether somebody listens.
func (n *news) listened() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.signal != nil
}

// Who waits is told at once, not when the next poll comes round: twenty times would take five seconds.
func TestToldAtOnce(t *testing.T) {
	b, err := Open(Memory)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close() //nolint:errcheck // in memory
	s := store.New(b)
	var took time.Duration
	for n := range int64(20) {
		b.news.tell() // so that nobody listens any more
		waited := make(chan error, 1)
		go func() { waited <- b.WaitForChange(t.Context(), n) }()
		for !b.news.listened() {
			time.Sleep(time.Millisecond)
		}
		begun := time.Now()
		if _, err := s.Append(t.Context(), "key", store.Any(), []store.Pending{{Type: "a"}}, nil); err != nil {
			t.Fatal(err)
		}
		if err := <-waited; err != nil {
			t.Fatal(err)
		}
		took += time.Since(begun)
	}
	if took > 10*pollInterval {
		t.Errorf("told of 20 appends in %v", took)
	}
}
