// Package projector keeps read models, called views, up to date with the events of a store.
//
// The events table is the truth; everything else is a doorbell. A stream record, a queue message, a poll
// may be lost, repeated, late or out of order: it only says that a key may have news up to some revision. The
// [Projector] then brings each view of that key up to date from where that view stands: it takes what the doorbell
// carries when that is exactly the next thing, and reads the store, consistently, for whatever is missing. So
// a redelivery changes nothing and a gap heals itself.
//
// A view's row holds its seen revision: the last revision of its key that is folded into it. One write,
// on condition that the seen revision is still the one read, folds a whole batch: exactly once in effect, in order
// per key, however many projectors are at work.
package projector
