package publish

import (
	"context"
	"slices"

	"github.com/aeon-es/aeon/store"
)

// What fits one request, by AWS's rules. A whole request has long had 256 KB, which some regions and many targets of
// rules still hold to; where AWS takes 1 MB by now, smaller requests are as good.
const (
	maxEntries = 10
	maxRequest = 256 * 1024 // bytes of all entries, exclusively
	// envelope is room for what EventBridge puts around an entry on its way to a target, which has the same limit: an
	// event that just fits the bus would be lost behind it.
	envelope = 512
)

// lane publishes some of the pieces, one request behind the other.
type lane struct {
	publisher *Publisher
	pieces    []piece
	mine      []int                // those of pieces that it publishes
	published func(store.Position) // is told of each event that EventBridge took; may be nil

	pending []*entry // what the next request holds
	size    int
	done    Stats
	failed  int // the first piece that isn't known to be published, where err isn't nil
	err     error
}

func (l *lane) run(ctx context.Context) {
	for _, i := range l.mine {
		for e, err := range l.pieces[i].events {
			var n *entry
			if err == nil {
				n, err = l.publisher.entry(e)
			}
			if err != nil { // what came before it can go all the same
				if l.flush(ctx) {
					l.failed, l.err = i, err
				}
				return
			}
			n.piece = i
			if !l.add(ctx, n) {
				return
			}
		}
	}
	l.flush(ctx)
}

// add puts an entry into the next request, and sends the one before if it doesn't fit; false if that failed.
func (l *lane) add(ctx context.Context, n *entry) bool {
	if len(l.pending) == maxEntries || l.size+n.size >= maxRequest {
		if !l.flush(ctx) {
			return false
		}
	}
	if n.omits > nothing {
		l.publisher.omitted(ctx, n, "it is too large")
	}
	l.pending = append(l.pending, n)
	l.size += n.size
	return true
}

// flush sends what is pending, and says whether all of it is published.
func (l *lane) flush(ctx context.Context) bool {
	if len(l.pending) == 0 {
		return true
	}
	left, err := l.send(ctx, l.pending)
	for _, n := range l.pending {
		if !slices.Contains(left, n) {
			l.took(n)
		}
	}
	if err != nil {
		l.failed, l.err = left[0].piece, err
		return false
	}
	l.pending, l.size = nil, 0
	return true
}

func (l *lane) took(n *entry) {
	l.done.Events++
	if n.omits > nothing {
		l.done.WithoutData++
	}
	if l.published != nil {
		l.published(n.event.Position)
	}
}
