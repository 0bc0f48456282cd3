// Package sqlitedb opens one SQLite database, a file or one in memory, for everything in a process that
// keeps something in it: the events of store/sqlite and the rows of projector/sqlite share a [DB].
//
// SQLite has one writer at a time, and a transaction of its own for each small write spends most of its time
// on beginning and ending. So one goroutine does all the writes of a process, and those that wait at the
// same time share a transaction. Each is still atomic by itself: one that fails is undone and doesn't disturb its
// neighbours. Readers have connections of their own and never wait for the writer (in memory, there is
// but one connection, and they take turns with it).
//
// The file is in WAL mode with synchronous=NORMAL: a write that was acknowledged survives the end of the process,
// however sudden. A power cut or a crash of the whole system can lose the last moments before it, but
// leaves whole transactions and nothing half done. Several processes may open the same file; they take turns at
// writing, and one that waits too long gets [store.ErrThrottled].
//
// Errors are the store's: [store.ErrThrottled] and [store.ErrUnavailable] say that nothing was written.
package sqlitedb
