package storetest

import (
	"math/rand/v2"
	"time"

	"github.com/aeon-es/aeon/store"
)

// Puts is a plan for the first puts, in order; nothing befalls later ones, and what else there is.
func Puts(faults ...Fault) Plan {
	return func(s Step) Fault {
		if s.Method != Put || s.N > len(faults) {
			return Fault{}
		}
		return faults[s.N-1]
	}
}

// Always is a plan in which every call of m meets the same fault.
func Always(m Method, fault Fault) Plan {
	return func(s Step) Fault {
		if s.Method != m {
			return Fault{}
		}
		return fault
	}
}

// Odds are how likely each fault is, from 0 to 1. What is left of 1 is for nothing to happen.
type Odds struct {
	Throttle float64 // the step isn't done, and that is known
	Break    float64 // the step isn't done, and that isn't known
	Lose     float64 // the step is done, and its answer lost
	Late     float64 // the answer is lost, and a put arrives at some later step
	Repeat   float64 // the step is done twice
	// Delay is the longest that a step may be delayed; its time is random, likewise the steps.
	Delay time.Duration
}

// Random is a plan by chance: the same seed gives the same faults to the same sequence of steps.
func Random(seed uint64, o Odds) Plan {
	rng := rand.New(rand.NewPCG(seed, seed)) //nolint:gosec // to be repeated, not to be secret
	return func(s Step) Fault {
		var f Fault
		if o.Delay > 0 && rng.IntN(2) == 0 {
			f.Delay = time.Duration(rng.Int64N(int64(o.Delay)))
		}
		f.Land = s.Method == Put && rng.IntN(3) == 0
		switch p := rng.Float64(); {
		case p < o.Throttle:
			f.Fail = store.ErrThrottled
		case p < o.Throttle+o.Break:
			f.Fail = ErrLost
		case p < o.Throttle+o.Break+o.Lose:
			f.Lose = true
		case p < o.Throttle+o.Break+o.Lose+o.Late:
			f.Late = true
		case p < o.Throttle+o.Break+o.Lose+o.Late+o.Repeat:
			f.Repeat = true
		}
		return f
	}
}
