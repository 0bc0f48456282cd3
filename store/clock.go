package store

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// maxAhead is how far a position may be ahead of the local clock and still pull other keys along.
const maxAhead = 60 * time.Second

// hybridClock makes positions: the wall clock where that moves on, and otherwise the latest position
// it knows of plus a little, so that a new position is later than everything this process has seen.
// Safe for concurrent use.
type hybridClock struct {
	now func() time.Time
	log *slog.Logger

	mu     sync.Mutex
	latest Position
	ahead  uint64 // positions met that were more than maxAhead ahead of now
}

// step bounds the random advance of the entropy between two positions of one millisecond. Random, so
// that two processes which start from the same position don't meet again; bounded to 48 of 64 bits, so that
// thousands fit into the millisecond before it has to move on: the logical time then stays with the
// wall clock at any rate of appends that one process can reach.
const step = 1 << 48

// stamp makes the position and time of a commit that follows one at position after (zero if none). It fails
// where there is no later position, which only a damaged item can bring about.
func (c *hybridClock) stamp(after Position) (Position, time.Time, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.wall()
	floor := c.latest
	if after.Compare(floor) > 0 {
		floor = after
	}
	p, ok := following(floor, clockMillis(now))
	if !ok {
		return Position{}, now, &DamagedError{Item: fmt.Sprintf("position %v", floor), Problem: "no position can follow it"}
	}
	c.observeLocked(p, now)
	return p, now, nil
}

// observe takes note of a position that this process has read.
func (c *hybridClock) observe(p Position) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p.Compare(c.latest) > 0 {
		c.observeLocked(p, c.wall())
	}
}

// The first and the last time that can be stored: of those a position can tell the ones that have a year of four digits.
var (
	firstTime = time.UnixMilli(0).UTC()
	lastTime  = time.Date(9999, 12, 31, 23, 59, 59, 999_000_000, time.UTC)
)

// wall is the time of the wall clock in UTC, to the millisecond. One that is so wrong that its time can't be stored
// counts as the first or the last.
func (c *hybridClock) wall() time.Time {
	now := c.now().UTC().Truncate(time.Millisecond)
	switch {
	case now.Before(firstTime):
		return firstTime
	case now.After(lastTime):
		return lastTime
	}
	return now
}

// observeLocked keeps p as the latest, unless it is so far ahead that it must come from a broken
// clock: spread to other keys, such a position would lift the whole store's into the future.
func (c *hybridClock) observeLocked(p Position, now time.Time) {
	if p.Compare(c.latest) <= 0 {
		return
	}
	if p.millis() > clockMillis(now.Add(maxAhead)) {
		if c.ahead++; c.ahead&(c.ahead-1) == 0 { // the 1st, 2nd, 4th, 8th …: heard, but not a flood
			c.log.Warn("position far ahead of the local clock: honoured within its key only",
				"position", p.String(), "ahead", p.Time().Sub(now).String(), "met", c.ahead)
		}
		return
	}
	c.latest = p
}

// farAhead is how many positions were met that were far ahead.
func (c *hybridClock) farAhead() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return int64(c.ahead)
}

// following is the next position after floor, at ms where that is later; false if floor is as late as can be.
func following(floor Position, ms uint64) (Position, bool) {
	if ms > floor.millis() {
		return newPosition(ms, randomUint64()>>1), true
	}
	entropy := floor.entropy()
	next := entropy + 1 + randomUint64()%step
	switch {
	case next > entropy:
		return newPosition(floor.millis(), next), true
	case floor.millis() == maxMillis:
		return Position{}, false
	default: // this millisecond is full
		return newPosition(floor.millis()+1, randomUint64()>>1), true
	}
}

// clockMillis is t as a position counts it; a time outside of what positions can tell counts as their first or last.
func clockMillis(t time.Time) uint64 { return uint64(min(max(0, t.UnixMilli()), maxMillis)) }

func randomUint64() uint64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	return binary.BigEndian.Uint64(b[:])
}
