package store

import (
	"bytes"
	"errors"
	"log/slog"
	"math"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// stopped is a hybrid clock over a wall clock that moves only when told to, and what it logs.
type stopped struct {
	hybridClock
	wall time.Time
	said bytes.Buffer
}

var noon = time.Date(2030, 1, 2, 12, 0, 0, 0, time.UTC)

func newStopped() *stopped {
	s := &stopped{wall: noon}
	s.hybridClock = hybridClock{now: func() time.Time { return s.wall }, log: slog.New(slog.NewTextHandler(&s.said, nil))}
	return s
}

func (s *stopped) mustStamp(t *testing.T, after Position) Position {
	t.Helper()
	p, at, err := s.stamp(after)
	if err != nil {
		t.Fatal(err)
	}
	if p.Compare(after) <= 0 {
		t.Fatalf("%v is stamped behind %v", p, after)
	}
	if want := s.wall.Truncate(time.Millisecond); !at.Equal(want) && want.After(firstTime) && want.Before(lastTime) {
		t.Fatalf("stamped at %v, the clock says %v", at, s.wall)
	}
	if p.plus(0) != p.commit() {
		t.Fatalf("%v leaves no room for the events of a commit", p)
	}
	return p
}

func TestPositionsFollowTheClock(t *testing.T) {
	s := newStopped()
	before := Position{}
	for range 10 {
		s.wall = s.wall.Add(7 * time.Millisecond)
		p := s.mustStamp(t, before)
		if p.Time() != s.wall {
			t.Errorf("the clock says %v, the position %v", s.wall, p.Time())
		}
		before = p.plus(maxEvents - 1)
	}
}

func TestPositionsGrowWithinAMillisecond(t *testing.T) {
	s := newStopped()
	before := Position{}
	for range 10_000 {
		p := s.mustStamp(t, Position{}) // whatever key it is for
		if p.Compare(before) <= 0 {
			t.Fatalf("%v after %v", p, before)
		}
		before = p.plus(maxEvents - 1)
	}
	if ahead := before.Time().Sub(s.wall); ahead > time.Millisecond {
		t.Errorf("10,000 positions of one millisecond have run %v ahead", ahead)
	}
}

func TestPositionsGrowWhenTheClockGoesBack(t *testing.T) {
	s := newStopped()
	first := s.mustStamp(t, Position{})
	s.wall = s.wall.Add(-time.Hour)
	second := s.mustStamp(t, Position{})
	if second.Compare(first) <= 0 {
		t.Errorf("%v after %v", second, first)
	}
}

func TestWhatWasReadComesFirst(t *testing.T) {
	s := newStopped()
	read := newPosition(clockMillis(noon.Add(2*time.Second)), 5) // by a process whose clock is 2 s ahead
	s.observe(read.plus(9))
	if p := s.mustStamp(t, Position{}); p.Compare(read.plus(9)) <= 0 {
		t.Errorf("%v was stamped after %v was read", p, read)
	}
	s.observe(newPosition(1, 1)) // older news change nothing
	if p := s.mustStamp(t, Position{}); p.Compare(read) <= 0 {
		t.Errorf("%v was stamped after %v was read", p, read)
	}
}

func TestAFullMillisecondOverflowsIntoTheNext(t *testing.T) {
	full := newPosition(clockMillis(noon), math.MaxUint64).plus(maxEvents - 1)
	s := newStopped()
	p := s.mustStamp(t, full)
	if p.millis() != full.millis()+1 {
		t.Errorf("%v follows %v", p, full)
	}
}

// A position of a broken clock counts in its own key, where order demands it, and nowhere else.
func TestFarAheadIsNotSpread(t *testing.T) {
	for name, ahead := range map[string]time.Duration{"just within": maxAhead, "beyond": maxAhead + time.Millisecond, "years": 90_000 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			s := newStopped()
			broken := newPosition(clockMillis(noon.Add(ahead)), 1)
			s.observe(broken)
			inKey := s.mustStamp(t, broken) // in its key, behind it
			elsewhere := s.mustStamp(t, Position{})
			spread := elsewhere.Compare(broken) > 0
			if want := ahead <= maxAhead; spread != want {
				t.Errorf("%v ahead: spread is %v, want %v (%v, then %v)", ahead, spread, want, inKey, elsewhere)
			}
			if told := s.said.Len() > 0; told == spread {
				t.Errorf("spread is %v, logged %q", spread, s.said.String())
			}
		})
	}
}

func TestFarAheadIsToldButNotEachTime(t *testing.T) {
	s := newStopped()
	for i := range 1000 {
		s.observe(newPosition(clockMillis(noon.Add(time.Hour)), uint64(i)+1))
	}
	if lines := bytes.Count(s.said.Bytes(), []byte("\n")); lines < 5 || lines > 15 {
		t.Errorf("logged %d times, 1,000 were met", lines)
	}
	if s.ahead != 1000 {
		t.Errorf("counted %d, 1,000 were met", s.ahead)
	}
}

// Two processes whose clocks stand behind start from the same position again and again: they must not meet.
func TestTwoClocksBehindDoNotMeet(t *testing.T) {
	a, b := newStopped(), newStopped()
	last := newPosition(clockMillis(noon.Add(30*time.Second)), 1)
	seen := map[Position]bool{}
	for range 1000 {
		for _, s := range []*stopped{a, b} {
			p := s.mustStamp(t, last)
			if seen[p] {
				t.Fatalf("%v was stamped twice", p)
			}
			seen[p] = true
		}
		last = a.latest
		b.observe(last)
		a.observe(b.latest)
	}
}

func TestClocksThatCanHardlyBe(t *testing.T) {
	s := newStopped()
	for wall, want := range map[time.Time]time.Time{
		{}: firstTime, time.Unix(-1, 0): firstTime, time.Unix(0, 0): firstTime, time.UnixMilli(1): time.UnixMilli(1),
		lastTime: lastTime, lastTime.Add(time.Millisecond): lastTime, time.Date(20_000, 1, 1, 0, 0, 0, 0, time.UTC): lastTime,
	} {
		s.wall = wall
		if _, at, err := s.stamp(Position{}); err != nil || !at.Equal(want) || at.Location() != time.UTC {
			t.Errorf("the clock says %v: stamped at %v, %v", wall, at, err)
		}
	}
}

// A position that is as late as can be gets no successor, and no panic: its key alone can't be appended to.
func TestTheLastPositionOfAll(t *testing.T) {
	s := newStopped()
	last := newPosition(maxMillis, math.MaxUint64)
	s.observe(last)
	if p, _, err := s.stamp(last); !errors.Is(err, ErrDamaged) {
		t.Errorf("stamped %v, %v", p, err)
	}
	s.mustStamp(t, Position{})
}

func TestStampsAtOnceAreUnique(t *testing.T) {
	s := newStopped()
	var seen sync.Map
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 500 {
				p, _, err := s.stamp(Position{})
				if err != nil {
					t.Error(err)
				}
				if _, there := seen.LoadOrStore(p, true); there {
					t.Errorf("%v was stamped twice", p)
				}
			}
		})
	}
	all.Wait()
}

// Whatever clocks say and processes read, what a process stamps is later than all that it has seen.
func TestCausality(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		clocks := []*stopped{newStopped(), newStopped(), newStopped()}
		seen := make([]Position, len(clocks))
		shared := Position{} // the head of the one key
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			i := rapid.IntRange(0, len(clocks)-1).Draw(t, "process")
			c := clocks[i]
			c.wall = c.wall.Add(time.Duration(rapid.IntRange(-3000, 3000).Draw(t, "ms")) * time.Millisecond)
			if rapid.Bool().Draw(t, "reads") {
				c.observe(shared)
				if shared.millis() <= clockMillis(c.wall.Add(maxAhead)) && shared.Compare(seen[i]) > 0 {
					seen[i] = shared
				}
				continue
			}
			p, _, err := c.stamp(shared)
			if err != nil {
				t.Fatal(err)
			}
			if p.Compare(seen[i]) <= 0 || p.Compare(shared) <= 0 {
				t.Fatalf("process %d stamped %v having seen %v, behind %v", i, p, seen[i], shared)
			}
			shared = p.plus(rapid.IntRange(0, 3).Draw(t, "events"))
			seen[i] = p
		}
	})
}
