// Package sqlite keeps the events of a [store.Store] in a SQLite database: a file, or memory. It needs no server and no
// C, and is for one machine: development, tests, and work that fits there.
//
//	backend, err := sqlite.Open("aeon.db")
//	// … handle err, defer backend.Close() …
//	s := store.New(backend)
//
// A row of the table "commits" is one commit. Its column "sequence" counts commits in the order in which they were
// stored; "events" is a JSON array of its events, each an object with "type", and with "correlationId", "metadata" (an
// object of strings) and "data" where the event has them:
//
//	[{"type":"incremented","correlationId":"req-7","metadata":{"by":"kim"},"data":{"by":2}}]
//
// So the sqlite3 shell and any reporting tool can look into it, and data keeps every digit of its numbers. Positions are
// in column "position" as 26 characters, times in "committedAt" in milliseconds since 1970. The table
// "markers" holds the idempotency keys.
//
// The file is in WAL mode with synchronous=NORMAL: what was acknowledged survives any end of the process, however sudden. A
// power cut or a crash of the whole system may take the last moments before it, but leaves whole commits and no gap. Appends
// of a process that wait at the same time share a transaction. Several processes may use the same file; they take turns at
// writing.
package sqlite
