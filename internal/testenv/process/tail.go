package process

import "sync"

// tailSize is how much of a child's output is kept: enough for the last stack trace.
const tailSize = 16 << 10

// tail is a writer that keeps the end of what was written to it.
type tail struct {
	mu   sync.Mutex
	kept []byte
	cut  bool
}

// Write never fails: a child must not be stopped by what it prints.
func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, b...)
	if over := len(t.kept) - tailSize; over > 0 {
		t.kept = append(t.kept[:0], t.kept[over:]...)
		t.cut = true
	}
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.cut {
		return "… " + string(t.kept)
	}
	return string(t.kept)
}
