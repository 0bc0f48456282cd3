// Package store is an event store: streams of events, each named by a key, appended to under
// optimistic concurrency and read back in order.
//
// # Words
//
// A key names one stream of events: an order, an account, a counter. An event is pending before it is stored and committed
// after. The events of one append are a commit: stored whole or not at all. An event's revision is its place within its key,
// counted from 1 without gaps; a key without events is at revision 0. Its position is its place among all events of the
// store, and sorts as text. A head is the last revision of a key, as somebody saw it.
//
// # Use
//
// A [Store] puts Aeon's promises on top of a [Backend], which only knows how to do single atomic steps on one kind of
// database: store/dynamo on DynamoDB, store/sqlite in a file or in memory.
//
//	backend, err := sqlite.Open("aeon.db") // on AWS: dynamo.New(client, tables)
//	s := store.New(backend)                // one for the process
//
//	head, events, err := s.ReadForAppend(ctx, "counter/1", store.Range{})
//	// … range over events, decide what follows …
//	done, err := s.Append(ctx, "counter/1", store.At(head), []store.Pending{{Type: "incremented"}}, nil)
//
// Every append says what it expects of its key. [At] a head that was read, it goes behind what was decided on or fails;
// [Exactly] does the same for a number that came from outside; [NoStream] begins a key; [Any] expects nothing. What fails so is
// a [*ConflictError], and tells where the key is: read it again and decide anew. [Decide] does all of that by itself: it
// builds a state from the events, asks a function of yours what follows, appends it, and begins anew after a conflict; with
// [Snapshots] it needn't read all events each time.
//
// An append with an idempotency key ([AppendOptions]) is stored once, however often it is made: use it where the caller may
// repeat itself, as browsers, queues and Lambda do.
//
// [Store.Read] reads one key, [Store.ReadAll] all of them. Package typed maps Go types to event types. To keep read models,
// use package projector: it misses nothing and applies nothing twice.
//
// # Promises
//
//   - Appends to one key are linearizable. A commit is stored whole or not at all.
//   - Revisions within a key are dense: 1, 2, 3 …, and nobody ever reads a gap.
//   - An append is stored at most once per call, also when its answer was lost and it had to be
//     tried again; with an idempotency key, at most once per key and idempotency key, however
//     many calls there are, until the marker that remembers it expires.
//   - Positions are unique, increase within a key, and are later than everything their writer had
//     seen, whatever the clocks say. Only where a position is more than a minute ahead of the writer's clock, and so comes of a
//     broken one, it counts within its own key alone.
//
// # Errors
//
// Errors are told apart by [errors.Is] and [errors.AsType]. Of an append, [*InvalidError], [*ConflictError], [*TooLargeError],
// [*IdempotencyKeyReusedError], [ErrThrottled] and [ErrUnavailable] say that nothing was stored, as does a context that is
// over; [*UnknownOutcomeError] that nobody knows, which an idempotency key makes harmless: append again. A [*DamagedError]
// names what can't be read.
package store
