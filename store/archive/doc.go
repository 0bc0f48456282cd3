// Package archive writes the events of a store to a stream of text, and stores them again elsewhere just as they were: with keys,
// revisions, positions, times, commits and all that they hold, and the idempotency keys that still hold. It is for backups, and for
// moving from one database to another, in any direction.
//
// An archive is lines of JSON. The first says what it is, the last how much there is, so that one that was cut off shows; between
// them each line is a commit, the commits of a key one behind the other:
//
//	{"aeon":"archive","format":1}
//	{"key":"counter/1","revision":1,"position":"01K…","committedAt":"2026-11-25T04:53:43.380Z","appendId":"…","events":[{"type":"incremented","data":{"by":2}}]}
//	{"end":{"keys":1,"commits":1,"events":1}}
//
// A commit has "idempotencyKey" where it was appended with one, and then "idempotentUntil", a time or "ever", while that key
// holds. The same events give the same archive where the database lists its keys in the same order.
//
// Each key is written as it is when it is read, with strong consistency; appends may go on meanwhile. Keys come in the order of the
// database. Rows of views, snapshots and settings aren't in an archive: they are made anew from the events.
package archive
