package simulation

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/aeon-es/aeon/internal/testenv/faults"
	"github.com/aeon-es/aeon/internal/testenv/long"
)

// asked is the seed that the environment asks for, if it does.
func asked(t *testing.T) (seed uint64, ok bool) {
	text, ok := os.LookupEnv(faults.SeedVariable)
	if !ok {
		return 0, false
	}
	seed, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s=%s: %v", faults.SeedVariable, text, err)
	}
	return seed, true
}

// TestSeeds runs a few hundred seeds, or with AEON_SEED that one, with an account of it.
func TestSeeds(t *testing.T) {
	t.Parallel()
	if seed, ok := asked(t); ok {
		r, err := Run(t, seed, true)
		t.Logf("plan %+v\n  %s\n%d steps, %v", newPlan(seed), strings.Join(r.Account, "\n  "), r.Steps, r.Counts)
		if err != nil {
			t.Error(err)
		}
		return
	}
	const workers = 2
	seeds := long.Or(10_000, 500)
	all := make([]map[string]int, workers)
	t.Run("all", func(t *testing.T) {
		for worker := range workers {
			all[worker] = map[string]int{}
			t.Run(fmt.Sprint("from ", worker), func(t *testing.T) {
				t.Parallel()
				for seed := worker; seed < seeds; seed += workers {
					r, err := Run(t, uint64(seed), false)
					if err != nil {
						t.Errorf("seed %d: %v\nto repeat it: %s=%d go test -v -run '^TestSeeds$' ./internal/simulation", seed, err, faults.SeedVariable, seed)
					}
					all[worker]["steps"] += r.Steps
					for what, n := range r.Counts {
						all[worker][what] += n
					}
				}
			})
		}
	})
	counts := map[string]int{}
	for _, of := range all {
		for what, n := range of {
			counts[what] += n
		}
	}
	t.Logf("%d seeds: %v", seeds, counts)
	for _, what := range []string{
		"steps", "batches failed", "crashes", "timeouts", "records lost", "records doubled", "keys parked", "redrives",
		"queries answered", "queries behind", "queries parked", "rebuilds", "rebuilds that failed", "versions dropped",
	} {
		if counts[what] == 0 {
			t.Errorf("%s: none in %d seeds", what, seeds)
		}
	}
}

// TestSameSeedSameRun makes sure that a seed is all that a run depends on.
func TestSameSeedSameRun(t *testing.T) {
	t.Parallel()
	for seed := range uint64(40) {
		a, err := Run(t, seed, false)
		b, again := Run(t, seed, false)
		if a.Hash != b.Hash || a.Steps != b.Steps || fmt.Sprint(err) != fmt.Sprint(again) {
			t.Errorf("seed %d: %d steps, %x, %v; and then %d steps, %x, %v", seed, a.Steps, a.Hash, err, b.Steps, b.Hash, again)
		}
	}
}
