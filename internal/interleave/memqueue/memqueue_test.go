package memqueue_test

import (
	"testing"

	"github.com/aeon-es/aeon/internal/interleave/memqueue"
)

func TestQueue(t *testing.T) {
	t.Parallel()
	q := &memqueue.Queue{}
	for _, key := range []string{"a", "b"} {
		if err := q.SendRedrive(t.Context(), "v", key); err != nil {
			t.Fatal(err)
		}
	}
	receive := func(want string) memqueue.Message {
		t.Helper()
		m, ok, err := q.Receive(t.Context())
		if err != nil || ok != (want != "") || m.Key != want {
			t.Fatalf("received %+v, %v, %v, want %q", m, ok, err, want)
		}
		return m
	}
	a := receive("a")
	receive("b")
	receive("")
	q.Return(a)
	if err := q.Delete(t.Context(), receive("a")); err != nil {
		t.Fatal(err)
	}
	q.Return(a)
	receive("")
	if w := q.Waiting(); len(w) != 1 || w[0].Key != "b" || q.Sent("v", "a") != 1 || q.Sent("w", "a") != 0 {
		t.Errorf("waiting %v, sent %d", w, q.Sent("v", "a"))
	}
}
