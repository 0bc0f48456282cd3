package linear

import (
	"os"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
)

// history is what many clients did, and what they were told.
type history struct {
	begun time.Time

	mu      sync.Mutex
	all     []porcupine.Operation
	endings map[string]int // how often an operation ended how
}

// forever is when an operation with an unknown outcome may still take effect.
const forever = int64(1 << 62)

func (h *history) now() int64 { return int64(time.Since(h.begun)) }

// add takes an operation down. One that failed without any effect is none.
func (h *history) add(client int, in input, out output, called, returned int64, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	ending := "fine"
	switch {
	case err != nil && out.outcome == fine:
		h.endings["not done"]++
		return
	case out.outcome != fine:
		ending = [...]string{"", "duplicate", "conflict", "reused", "unknown"}[out.outcome]
	}
	h.endings[ending]++
	if out.outcome == unknown {
		returned = forever
	}
	h.all = append(h.all, porcupine.Operation{ClientId: client, Input: in, Call: called, Output: out, Return: returned})
}

// check fails where no order of the operations explains what they answered.
func (h *history) check(t *testing.T) {
	t.Helper()
	const patience = time.Minute
	begun := time.Now()
	result := porcupine.CheckOperationsTimeout(model, h.all, patience)
	t.Logf("checked in %v", time.Since(begun).Round(time.Millisecond))
	switch result {
	case porcupine.Ok:
	case porcupine.Unknown:
		t.Errorf("could not be checked within %v", patience)
	case porcupine.Illegal:
		f, err := os.CreateTemp("", "aeon-history-*.html")
		if err != nil {
			t.Fatal(err)
		}
		_, info := porcupine.CheckOperationsVerbose(model, h.all, patience)
		if err := porcupine.VisualizePath(model, info, f.Name()); err != nil {
			t.Error(err)
		}
		_ = f.Close()
		t.Errorf("not linearizable: open %s in a browser", f.Name())
	}
}
