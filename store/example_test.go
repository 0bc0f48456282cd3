package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"

	"github.com/aeon-es/aeon/store"
	"github.com/aeon-es/aeon/store/sqlite"
)

// open gives a store in memory. On AWS it is store.New(dynamo.New(client, tables)).
func open() *store.Store {
	backend, err := sqlite.Open(sqlite.Memory)
	if err != nil {
		log.Fatal(err)
	}
	return store.New(backend) // a program closes the backend when it ends
}

// incremented is an event by n.
func incremented(n int) store.Pending {
	return store.Pending{Type: "incremented", Data: json.RawMessage(fmt.Sprintf(`{"by":%d}`, n))}
}

func mustAppend(s *store.Store, key string, events ...store.Pending) store.Appended {
	done, err := s.Append(context.Background(), key, store.Any(), events, nil)
	if err != nil {
		log.Fatal(err)
	}
	return done
}

func ExampleStore_Append() {
	s := open()
	ctx := context.Background()

	// All of these events are stored, or none, and only if the key has no events yet.
	appended, err := s.Append(ctx, "counter/1", store.NoStream(), []store.Pending{incremented(1), incremented(2)}, nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("first", appended.First, "last", appended.Revision(), "count", appended.Count)

	// The answer is the key's head: append behind it in one request.
	appended, err = s.Append(ctx, "counter/1", store.At(appended.Head), []store.Pending{incremented(3)}, nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("last", appended.Revision())
	// Output:
	// first 1 last 2 count 2
	// last 3
}

func ExampleStore_Append_optimisticConcurrency() {
	s := open()
	ctx := context.Background()
	mustAppend(s, "counter/1", incremented(1))

	head, err := s.Head(ctx, "counter/1")
	if err != nil {
		log.Fatal(err)
	}
	mustAppend(s, "counter/1", incremented(2)) // somebody else was first

	_, err = s.Append(ctx, "counter/1", store.At(head), []store.Pending{incremented(3)}, nil)
	var conflict *store.ConflictError
	if errors.As(err, &conflict) {
		fmt.Println("expected", conflict.Expected, "but it is at", conflict.Actual)
	}
	// Output:
	// expected revision 1 but it is at 2
}

func ExampleStore_Append_idempotency() {
	s := open()
	ctx := context.Background()

	once := &store.AppendOptions{IdempotencyKey: "request-7"}
	for range 2 { // the second is a repeat, as after a lost answer
		appended, err := s.Append(ctx, "counter/1", store.Any(), []store.Pending{incremented(1)}, once)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println("revision", appended.Revision(), "duplicate", appended.Duplicate)
	}
	_, err := s.Append(ctx, "counter/1", store.Any(), []store.Pending{incremented(99)}, once)
	fmt.Println(errors.Is(err, store.ErrIdempotencyKeyReused))
	// Output:
	// revision 1 duplicate false
	// revision 1 duplicate true
	// true
}

func ExampleStore_Read() {
	s := open()
	mustAppend(s, "counter/1", incremented(1), incremented(2), incremented(3), store.Pending{Type: "reset"})

	r := store.Range{Start: 2, Types: []string{"incremented"}}
	for e, err := range s.Read(context.Background(), "counter/1", r) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(e.Revision, e.Type, string(e.Data))
	}
	// Output:
	// 2 incremented {"by":2}
	// 3 incremented {"by":3}
}

func ExampleStore_ReadForAppend() {
	s := open()
	ctx := context.Background()
	mustAppend(s, "counter/1", incremented(1), incremented(2))

	head, events, err := s.ReadForAppend(ctx, "counter/1", store.Range{})
	if err != nil {
		log.Fatal(err)
	}
	count := 0
	for e, err := range events {
		if err != nil {
			log.Fatal(err)
		}
		var data struct{ By int }
		if err := json.Unmarshal(e.Data, &data); err != nil {
			log.Fatal(err)
		}
		count += data.By
	}
	// Decide on what was read, and append only if it still is all there is.
	if count < 10 {
		appended, err := s.Append(ctx, "counter/1", store.At(head), []store.Pending{incremented(10 - count)}, nil)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println("filled up at revision", appended.Revision())
	}
	// Output:
	// filled up at revision 3
}

func ExampleStore_ReadLatest() {
	s := open()
	mustAppend(s, "counter/1", incremented(1), incremented(2))

	e, found, err := s.ReadLatest(context.Background(), "counter/1")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(found, e.Revision, string(e.Data))
	// Output:
	// true 2 {"by":2}
}

func ExampleStore_Head() {
	s := open()
	mustAppend(s, "counter/1", incremented(1), incremented(2))

	for _, key := range []string{"counter/1", "counter/2"} {
		head, err := s.Head(context.Background(), key)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(key, head.Revision())
	}
	// Output:
	// counter/1 2
	// counter/2 0
}

func ExampleStore_ReadAll() {
	s := open()
	mustAppend(s, "counter/1", incremented(1))
	mustAppend(s, "order/1", store.Pending{Type: "ordered"})
	mustAppend(s, "counter/2", incremented(2))

	for e, err := range s.ReadAll(context.Background(), store.AllRange{KeyPrefix: "counter/"}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(e.Key, e.Revision, e.Type)
	}
	// Output:
	// counter/1 1 incremented
	// counter/2 1 incremented
}

func ExampleStore_ReadAll_pages() {
	s := open()
	for i := range 5 {
		mustAppend(s, fmt.Sprint("counter/", i), incremented(i))
	}

	r := store.AllRange{Limit: 2}
	for {
		var page []string
		for e, err := range s.ReadAll(context.Background(), r) {
			if err != nil {
				log.Fatal(err)
			}
			page = append(page, e.Key)
			r.Start, r.StartExclusive = e.Position, true // the next page goes on behind it
		}
		fmt.Println(page)
		if len(page) < r.Limit {
			break
		}
	}
	// Output:
	// [counter/0 counter/1]
	// [counter/2 counter/3]
	// [counter/4]
}

// Metadata is for what is about an event rather than in it, such as what caused it.
func ExampleStore_Append_causation() {
	s := open()
	ctx := context.Background()
	mustAppend(s, "order/1", store.Pending{Type: "ordered", CorrelationID: "request-7"})

	ordered, _, err := s.ReadLatest(ctx, "order/1")
	if err != nil {
		log.Fatal(err)
	}
	mustAppend(s, "stock/42", store.Pending{
		Type:          "reserved",
		CorrelationID: ordered.CorrelationID,
		Metadata:      map[string]string{"cause": fmt.Sprintf("%s@%d", ordered.Key, ordered.Revision)},
	})

	reserved, _, err := s.ReadLatest(ctx, "stock/42")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(reserved.Type, reserved.CorrelationID, reserved.Metadata["cause"])
	// Output:
	// reserved request-7 order/1@1
}

// A counter's state, and how its events lead to it.
type counter struct {
	Count int `json:"count"`
}

var counters = store.Decider[counter]{
	Evolve: func(c counter, e store.Committed) (counter, error) {
		var data struct{ By int }
		err := json.Unmarshal(e.Data, &data)
		c.Count += data.By
		return c, err
	},
}

func ExampleDecide() {
	s := open()
	mustAppend(s, "counter/1", incremented(4))

	decision, err := store.Decide(context.Background(), s, "counter/1", counters, func(c counter) ([]store.Pending, error) {
		if c.Count >= 10 {
			return nil, errors.New("the counter is full")
		}
		return []store.Pending{incremented(3)}, nil
	}, nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("count", decision.State.Count, "at revision", decision.Revision())
	// Output:
	// count 7 at revision 2
}

func ExampleSnapshots() {
	s := open()
	ctx := context.Background()

	// The state is kept every 50 events: a decision then reads at most 50, however many there are.
	withSnapshots := counters
	withSnapshots.Snapshots = &store.Snapshots[counter]{Name: "counter", Schema: 1, Every: 50}
	for range 120 {
		_, err := store.Decide(ctx, s, "counter/1", withSnapshots, func(counter) ([]store.Pending, error) {
			return []store.Pending{incremented(1)}, nil
		}, nil)
		if err != nil {
			log.Fatal(err)
		}
	}
	state, head, err := store.Load(ctx, s, "counter/1", withSnapshots)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("count", state.Count, "at revision", head.Revision())
	// Output:
	// count 120 at revision 120
}
