// Package conversation is what a client of the HTTP API and the platform have to say to each other, request by request,
// however the platform runs: in one process, deployed, or function by function. The tests of each way of running hold
// it with their own, so that none of them comes to answer differently from the others.
package conversation

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	// patience is how long the views of a whole conversation may take, which take milliseconds. Once it is gone, a
	// view that is behind is told at once.
	patience = 3 * time.Minute
	pause    = 100 * time.Millisecond
)

// Request is a request of the HTTP API.
type Request struct {
	Method string
	Target string // the path, percent-encoded, and the query
	Header map[string]string
	Body   string
}

// Answer is what came back.
type Answer struct {
	Status int
	Header http.Header
	Body   string
}

// Send sends a request to the platform that the conversation is held with. It is used by several at once.
type Send func(ctx context.Context, r Request) (Answer, error)

// Talk is a conversation under way. It knows what the platform has said to have stored.
type Talk struct {
	send     Send
	patience time.Duration // what is left of it

	mu     sync.Mutex
	stored []commit
}

// commit is an append that was answered with 201.
type commit struct {
	key      string
	revision uint64 // of its first event
	count    int
}

// New begins a conversation with a platform that has stored nothing yet.
func New(send Send) *Talk { return &Talk{send: send, patience: patience} }

// Samples holds the part whose requests are the sample events of the functions: it needs the view of key c1 alone to follow.
func (k *Talk) Samples(t *testing.T) {
	t.Helper()
	k.hold(t, "counting", counting)
	t.Run("two writers", k.twoWriters)
	k.hold(t, "after the two", afterTwoWriters)
	k.hold(t, "idempotency", idempotency)
}

// Hold holds all of it.
func (k *Talk) Hold(t *testing.T) {
	t.Helper()
	k.Samples(t)
	k.hold(t, "views", views)
	k.hold(t, "expectations", expectations)
	for _, key := range keys {
		k.hold(t, "key "+key, storyOfKey(key))
	}
	for name, r := range refusals() {
		t.Run(name, func(t *testing.T) { k.refused(t, r) })
	}
}

// Park has an event that a view can't fold, where parked keys go to a queue.
func (k *Talk) Park(t *testing.T) {
	t.Helper()
	k.hold(t, "parked", parked)
}

// Mend goes on where Park ended, after the view has learned that "by" may be a word, which it counts as 1.
func (k *Talk) Mend(t *testing.T) {
	t.Helper()
	k.patience = patience // a message may wait longer than a record
	k.hold(t, "mended", mended)
}

// Resume goes on where Hold ended, after the platform was stopped, killed or updated.
func (k *Talk) Resume(t *testing.T, send Send) {
	t.Helper()
	k.send = send
	k.hold(t, "resumed", resumed)
}

// commits are all that the platform has said to have stored.
func (k *Talk) commits() []commit {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.SortedFunc(slices.Values(k.stored), compare)
}

func compare(a, b commit) int {
	return cmp.Or(strings.Compare(a.key, b.key), cmp.Compare(a.revision, b.revision))
}

// ask sends a request and keeps account of what was stored.
func (k *Talk) ask(ctx context.Context, r Request) (Answer, error) {
	a, err := k.send(ctx, r)
	if err != nil || a.Status != http.StatusCreated {
		return a, err
	}
	var done struct {
		Key      string
		Revision uint64
		Count    int
	}
	if err := json.Unmarshal([]byte(a.Body), &done); err != nil || done.Count < 1 || done.Revision < uint64(done.Count) {
		return a, fmt.Errorf("201 with %s (%w)", a.Body, err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.stored = append(k.stored, commit{key: done.Key, revision: done.Revision - uint64(done.Count) + 1, count: done.Count})
	return a, nil
}

func (k *Talk) mustAsk(t *testing.T, r Request) Answer {
	t.Helper()
	a, err := k.ask(t.Context(), r)
	if err != nil {
		t.Fatalf("%s %s: %v", r.Method, r.Target, err)
	}
	return a
}

// hold takes the steps of a story. What follows a wrong answer is not asked any more.
func (k *Talk) hold(t *testing.T, name string, story []step) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		var m mask
		for i, s := range story {
			a := k.mustAsk(t, s.ask)
			for began := time.Now(); s.poll && s.want.mayCome(a) && k.patience > 0; began = time.Now() {
				time.Sleep(pause)
				a = k.mustAsk(t, s.ask)
				k.patience -= time.Since(began)
			}
			if wrong := s.want.differs(a, m.of(a.Body)); wrong != "" {
				t.Fatalf("step %d, %s %s %v: %s", i+1, s.ask.Method, s.ask.Target, s.ask.Header, wrong)
			}
		}
	})
}
