// Package store is an event store: streams of events, each named by a key, appended to under
// optimistic concurrency and read back in order.
//
// A [Store] puts Aeon's promises on top of a [Backend], which only knows how to do single atomic
// steps on one kind of database (packages store/dynamo and store/sqlite). The promises:
//
//   - Appends to one key are linearizable. A commit, the events of one append, is stored whole or
//     not at all.
//   - Revisions within a key are dense: 1, 2, 3 …, and nobody ever reads a gap.
//   - An append is stored at most once per call, also when its answer was lost and it had to be
//     tried again; with an idempotency key, at most once per key and idempotency key, however
//     many calls there are.
//   - Positions are unique, increase within a key, and are later than everything their writer had
//     seen, whatever the clocks say.
//
// A minimal use:
//
//	s := store.New(backend)
//	head, events, err := s.ReadForAppend(ctx, "counter/1", store.Range{})
//	// … range over events, decide …
//	done, err := s.Append(ctx, "counter/1", store.At(head), []store.Pending{{Type: "incremented"}}, nil)
package store
