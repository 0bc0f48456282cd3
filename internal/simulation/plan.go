package simulation

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/aeon-es/aeon/internal/interleave"
	"github.com/aeon-es/aeon/store"
)

// plan is what a seed makes of a run: how much there is of everything, and what goes wrong. Most runs have little of most
// things, and much of some.
type plan struct {
	seed uint64
	odds interleave.Odds

	keys, appenders, appends int
	readers, queries         int
	longKey                  int // events of a key that is there before all else; 0: there is none

	shards  int
	scatter bool // a key's records are in any shard, and not all in one
	// How likely a record never comes, comes twice, comes before others, comes without its commit.
	loseRecord, doubleRecord, reorderRecord, bareRecord float64
	batch                                               int // the most records at once

	bad      float64       // of all events: those that the first code can't fold
	flaky    float64       // how likely one instance's code can't fold one event
	failing  string        // how code fails
	mendedAt int           // after how many looks of the operator the code is mended
	linger   int           // for about how many invocations an instance stays warm that newer code is to replace
	timeout  time.Duration // of an invocation
	rebuild  bool          // into a second version of the views, meanwhile
	drop     bool          // the first version afterwards
}

var errThrottled = fmt.Errorf("%w: too many requests, for once", store.ErrThrottled)

// errBroken is what view code answers that can't fold an event.
var errBroken = errors.New("broken on purpose")

// Ways in which code fails.
var failings = []string{"error", "panic", "row", "slow"}

func newPlan(seed uint64) plan {
	r := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // a test, that is to be repeated
	rarely := func(p float64) float64 {
		if r.IntN(2) == 0 {
			return 0
		}
		return p * r.Float64()
	}
	p := plan{
		seed: seed,
		odds: interleave.Odds{
			Lose: rarely(0.1), Refuse: rarely(0.1), Crash: rarely(0.05), Refusal: errThrottled,
			Land: 0.02 + rarely(0.3), Never: rarely(0.1), Pause: 0.02 + rarely(0.3),
		},
		keys: 1 + r.IntN(3), appenders: 1 + r.IntN(2), appends: 2 + r.IntN(8),
		readers: 1 + r.IntN(2), queries: 3 + r.IntN(6),
		shards: 1 + r.IntN(3), scatter: r.IntN(2) == 0,
		loseRecord: rarely(0.3), doubleRecord: rarely(0.3), reorderRecord: rarely(0.5), bareRecord: rarely(0.2),
		batch: 1 + r.IntN(8),
		bad:   rarely(0.5), flaky: rarely(0.2), failing: failings[r.IntN(len(failings))], mendedAt: r.IntN(60),
		timeout: time.Duration(5+r.IntN(60))*interleave.Jump + 2*interleave.Jump/5,
		linger:  1 + r.IntN(30), rebuild: r.IntN(3) == 0, drop: r.IntN(2) == 0,
	}
	switch r.IntN(25) {
	case 0, 1:
		p.longKey, p.timeout = 3000+r.IntN(3000), 7*interleave.Jump/5
	case 2, 3, 4: // few keys, about which there is news, and which are asked for, all the time
		p.keys, p.appends, p.queries = 1+r.IntN(2), 15+r.IntN(20), 15+r.IntN(20)
		p.loseRecord, p.flaky, p.mendedAt = 0, 0.2+0.4*r.Float64(), 100+r.IntN(200)
	}
	return p
}
