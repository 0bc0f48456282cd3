package ours

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/aeon-es/aeon/bench/internal/driver"
	"github.com/aeon-es/aeon/store"
	storedynamo "github.com/aeon-es/aeon/store/dynamo"
)

// aeon is the store of this repository.
type aeon struct {
	backend *storedynamo.Backend
	mu      sync.Mutex
	s       *store.Store
	heads   map[string]store.Head
}

func newAeon(client *dynamodb.Client, tables storedynamo.Tables, opts ...storedynamo.Option) *aeon {
	a := &aeon{backend: storedynamo.New(client, tables, opts...), heads: map[string]store.Head{}}
	a.Forget()
	return a
}

// Setup implements [driver.Contender].
func (a *aeon) Setup(ctx context.Context) error {
	return a.backend.CreateTables(ctx)
}

// Forget implements [driver.Contender].
func (a *aeon) Forget() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.s = store.New(a.backend)
}

// Append implements [driver.Contender]. Besides "new" and "known": "exactly" the revision that the driver remembers, "any", and
// "once", any with an idempotency key.
func (a *aeon) Append(ctx context.Context, key string, n int, expect string) error {
	s, head := a.at(key)
	expected, opts := store.Any(), (*store.AppendOptions)(nil)
	switch expect {
	case "new":
		expected = store.NoStream()
	case "known":
		if expected = store.NoStream(); head.Revision() > 0 {
			expected = store.At(head)
		}
	case "exactly":
		expected = store.Exactly(head.Revision())
	case "once":
		opts = &store.AppendOptions{IdempotencyKey: rand.Text()}
	case "any", "latest":
	default:
		return fmt.Errorf("%w: to expect %q", driver.ErrNone, expect)
	}
	done, err := s.Append(ctx, key, expected, events(n), opts)
	if err != nil {
		return conflict(err)
	}
	a.left(key, done.Head)
	return nil
}

// left remembers a head.
func (a *aeon) left(key string, head store.Head) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.heads[key] = head
}

// at is the store, and the head that the last append left. A head belongs to the store that made it: after Forget it is read again.
func (a *aeon) at(key string) (*store.Store, store.Head) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.s, a.heads[key]
}

func conflict(err error) error {
	if _, is := asConflict(err); is {
		return driver.ErrConflict
	}
	return err
}

// Stale implements [driver.Contender].
func (a *aeon) Stale(ctx context.Context, key string) error {
	s, _ := a.at(key)
	_, err := s.Append(ctx, key, store.NoStream(), events(1), nil)
	return conflict(err)
}

// Retry implements [driver.Contender].
func (a *aeon) Retry(ctx context.Context, key string) error {
	opts := &store.AppendOptions{IdempotencyKey: rand.Text()}
	for try := range 2 {
		s, _ := a.at(key)
		done, err := s.Append(ctx, key, store.Any(), events(1), opts)
		if err != nil {
			return err
		}
		if done.Duplicate != (try == 1) {
			return fmt.Errorf("try %d of an idempotent append is a duplicate: %v", try, done.Duplicate)
		}
	}
	return nil
}

// Read implements [driver.Contender].
func (a *aeon) Read(ctx context.Context, key string) (n int, err error) {
	s, _ := a.at(key)
	for _, err := range s.Read(ctx, key, store.Range{}) {
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// counted is a state that is kept in snapshots.
type counted struct {
	Events int `json:"events"`
	Sum    int `json:"sum"`
}

var counter = store.Decider[counted]{
	Evolve: func(state counted, _ store.Committed) (counted, error) {
		return counted{state.Events + 1, state.Sum + 1}, nil
	},
	// A snapshot with each append: the scenario wants one behind it. What is read doesn't depend on how often they are made.
	Snapshots: &store.Snapshots[counted]{Name: "counter", Every: 1},
}

// Snapshot implements [driver.Contender].
func (a *aeon) Snapshot(ctx context.Context, key string) error {
	s, _ := a.at(key)
	done, err := store.Decide(ctx, s, key, counter, func(counted) ([]store.Pending, error) { return events(1), nil }, nil)
	if err != nil {
		return err
	}
	a.left(key, done.Head)
	return nil
}

// Load implements [driver.Contender].
func (a *aeon) Load(ctx context.Context, key string) (int, error) {
	s, _ := a.at(key)
	state, _, err := store.Load(ctx, s, key, counter)
	return state.Events, err
}

// ReadAll implements [driver.Contender].
func (a *aeon) ReadAll(ctx context.Context) (n int, err error) {
	s, _ := a.at("")
	for _, err := range s.ReadAll(ctx, store.AllRange{}) {
		if errors.Is(err, store.ErrNoPositionIndex) {
			return 0, driver.ErrNone
		}
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}
