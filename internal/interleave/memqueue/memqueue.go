// Package memqueue is a queue of redrive messages in memory, its steps under the control of package interleave: for tests
// that run projectors in every order.
package memqueue

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/aeon-es/aeon/internal/interleave"
)

// Message asks for a redrive.
type Message struct {
	View, Key string
	number    int
}

// Queue is a [projector.Redriver] that keeps messages until they are deleted. The zero value is empty; safe for concurrent use.
type Queue struct {
	mu       sync.Mutex
	waiting  []Message // in the order in which they came
	received map[int]bool
	sent     map[[2]string]int
	number   int
}

var thing = interleave.On("queue")

// SendRedrive implements [projector.Redriver].
func (q *Queue) SendRedrive(ctx context.Context, view, key string) error {
	_, err := interleave.Write(ctx, thing, fmt.Sprintf("send %s %s", view, key), func(context.Context) (struct{}, bool, error) {
		q.mu.Lock()
		defer q.mu.Unlock()
		if q.sent == nil {
			q.sent = map[[2]string]int{}
		}
		q.number++
		q.sent[[2]string{view, key}]++
		q.waiting = append(q.waiting, Message{View: view, Key: key, number: q.number})
		return struct{}{}, true, nil
	})
	return err
}

// Receive is the first message that nobody has received yet; false if there is none. It does not come again by itself: see
// [Queue.Return].
func (q *Queue) Receive(ctx context.Context) (m Message, ok bool, err error) {
	got, err := interleave.Write(ctx, thing, "receive", func(context.Context) (*Message, bool, error) {
		q.mu.Lock()
		defer q.mu.Unlock()
		i := slices.IndexFunc(q.waiting, func(m Message) bool { return !q.received[m.number] })
		if i < 0 {
			return nil, false, nil
		}
		if q.received == nil {
			q.received = map[int]bool{}
		}
		m := q.waiting[i]
		q.received[m.number] = true
		return &m, true, nil
	})
	if err != nil || got == nil {
		return Message{}, false, err
	}
	return *got, true, nil
}

// Return has a received message come again.
func (q *Queue) Return(m Message) {
	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.received, m.number)
}

// Delete takes away a message that is done with.
func (q *Queue) Delete(ctx context.Context, m Message) error {
	_, err := interleave.Write(ctx, thing, fmt.Sprintf("delete %s %s", m.View, m.Key), func(context.Context) (struct{}, bool, error) {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.waiting = slices.DeleteFunc(q.waiting, func(other Message) bool { return other.number == m.number })
		return struct{}{}, true, nil
	})
	return err
}

// Waiting are all messages that are not deleted, received or not.
func (q *Queue) Waiting() []Message {
	q.mu.Lock()
	defer q.mu.Unlock()
	return slices.Clone(q.waiting)
}

// Sent is how many messages were ever sent for a key in a view.
func (q *Queue) Sent(view, key string) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.sent[[2]string{view, key}]
}
