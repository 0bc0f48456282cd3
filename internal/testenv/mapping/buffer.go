package mapping

import (
	"context"
	"sync"
	"time"
)

// buffer holds what was read of the stream for one lane.
type buffer struct {
	mu      sync.Mutex
	records []*record
	arrived chan struct{} // tells that there are more, at most once
}

func newBuffer() *buffer { return &buffer{arrived: make(chan struct{}, 1)} }

// put adds records, all at once.
func (b *buffer) put(records []*record) {
	b.mu.Lock()
	b.records = append(b.records, records...)
	b.mu.Unlock()
	select {
	case b.arrived <- struct{}{}:
	default:
	}
}

// gather takes the next batch: as soon as there are size records, or as many as fit into an event, or the window has passed and
// there are any. It begins now, when the batch before is done with. nil: ctx has ended.
func (b *buffer) gather(ctx context.Context, size int, window time.Duration) []*record {
	over := time.NewTimer(window)
	defer over.Stop()
	passed := window == 0
	for {
		if batch := b.take(size, passed); batch != nil {
			return batch
		}
		select {
		case <-b.arrived:
		case <-over.C:
			passed = true
		case <-ctx.Done():
			return nil
		}
	}
}

// take gives a full batch, or, if it may be any, what there is; nil for none.
func (b *buffer) take(size int, anyNumber bool) []*record {
	b.mu.Lock()
	defer b.mu.Unlock()
	n, bytes, full := 0, len(event(nil)), false
	for n < len(b.records) && !full {
		if bytes += len(b.records[n].text) + 1; bytes > maxPayload && n > 0 {
			full = true
			break
		}
		n++
		full = n == size
	}
	if n == 0 || !full && !anyNumber {
		return nil
	}
	batch := b.records[:n:n]
	b.records = b.records[n:]
	return batch
}
