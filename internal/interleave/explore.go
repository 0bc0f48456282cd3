package interleave

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
)

// Scenario describes what to run: it sets everything up anew, adds tasks to r, and returns what looks at
// the outcome when all have ended.
type Scenario func(r *Run) (check func() error)

// Options bound an exploration; the zero value is without faults.
type Options struct {
	// Faults is how many answers may be lost, or processes crash, in one run.
	Faults int
	// AtMost is how many runs there may be: more fail the test, as the scenario is too large. 0 means 1,000,000.
	AtMost int
	// All runs orders, too, that come to the same as another.
	All bool
}

// Explore runs the scenario in every order, with every combination of faults. It fails t at the first run that goes
// wrong, with an account of it, and answers how many runs there were.
func Explore(t *testing.T, o Options, scenario Scenario) int {
	t.Helper()
	if choices, ok := asked(t); ok {
		account, err := replay(t, o, scenario, choices)
		t.Logf("\n  %s", strings.Join(account, "\n  "))
		if err != nil {
			t.Fatal(err)
		}
		return 1
	}
	runs, choices, err := explore(t, o, scenario)
	if err != nil {
		account, _ := replay(t, o, scenario, choices)
		t.Fatalf("run %d: %v\n  %s\nto repeat it: %s", runs, err, strings.Join(account, "\n  "), command(t.Name(), choices))
	}
	return runs
}

// explore answers the number of runs, and where one went wrong its choices.
func explore(t *testing.T, o Options, scenario Scenario) (runs int, choices []int, err error) {
	if o.AtMost == 0 {
		o.AtMost = 1_000_000
	}
	s := search{all: o.All}
	synctest.Test(t, func(*testing.T) {
		for more := true; more && err == nil; more = err == nil && s.next() {
			var complete bool
			_, complete, err = once(scenario, o.Faults, false, s.choose)
			if complete {
				runs++
			}
			switch {
			case s.err != nil:
				err = s.err
			case err == nil && runs > o.AtMost:
				err = fmt.Errorf("more than %d runs: the scenario is too large", o.AtMost)
			}
		}
	})
	return runs, s.choices(), err
}
