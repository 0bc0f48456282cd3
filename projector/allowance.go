package projector

import (
	"context"
	"math"
	"sync"
	"time"
)

// allowance is the time that a view's own code may take over one batch: half of what there is. What it hasn't folded by
// then is parked, so that a slow view leaves the others, and the database, the time that they need. Waiting for the database
// doesn't count. A nil allowance is without end. Safe for concurrent use.
type allowance struct {
	limit time.Duration

	mu      sync.Mutex
	running int
	since   time.Time // when running became more than 0
	spent   time.Duration
}

// newAllowance is for a batch that has to be done when ctx ends; nil if it has no deadline.
func newAllowance(ctx context.Context) *allowance {
	deadline, ok := ctx.Deadline()
	if !ok {
		return nil
	}
	return &allowance{limit: time.Until(deadline) / 2}
}

// begin is called before the view's code runs. The error says that the allowance is used up.
func (a *allowance) begin() error {
	if a == nil {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.leftLocked() <= 0 {
		return &timeoutError{limit: a.limit, batch: true}
	}
	if a.running++; a.running == 1 {
		a.since = time.Now()
	}
	return nil
}

// end is called when it has run.
func (a *allowance) end() {
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.running--; a.running == 0 {
		a.spent += time.Since(a.since)
	}
}

// left is how much of it there is.
func (a *allowance) left() time.Duration {
	if a == nil {
		return math.MaxInt64
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.leftLocked()
}

func (a *allowance) leftLocked() time.Duration {
	left := a.limit - a.spent
	if a.running > 0 {
		left -= time.Since(a.since)
	}
	return left
}
