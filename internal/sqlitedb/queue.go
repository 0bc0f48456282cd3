package sqlitedb

import (
	"slices"
	"sync"
)

// write is one op on its way.
type write struct {
	op   func(*Tx) error
	done chan error // gets its outcome; has room for it
}

// queue holds the writes that wait for the writer to pick them up. Safe for concurrent use.
type queue struct {
	mu      sync.Mutex
	news    *sync.Cond
	waiting []*write
	closed  bool
}

func (q *queue) init() { q.news = sync.NewCond(&q.mu) }

// add puts w at the end; false if the queue is closed.
func (q *queue) add(w *write) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return false
	}
	q.waiting = append(q.waiting, w)
	q.news.Signal()
	return true
}

// withdraw takes w out again; false if it has been picked up already.
func (q *queue) withdraw(w *write) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	i := slices.Index(q.waiting, w)
	if i < 0 {
		return false
	}
	q.waiting = slices.Delete(q.waiting, i, i+1)
	return true
}

// wait returns when a write waits to be picked up, or false when none does and none will come.
func (q *queue) wait() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.waiting) == 0 && !q.closed {
		q.news.Wait()
	}
	return len(q.waiting) > 0
}

// take picks up what waits, most at the most.
func (q *queue) take(most int) []*write {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := min(most, len(q.waiting))
	taken := slices.Clone(q.waiting[:n])
	q.waiting = slices.Delete(q.waiting, 0, n)
	return taken
}

func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.news.Signal()
}
