package suite_test

import (
	"os"
	"slices"
	"testing"

	"github.com/aeon-es/aeon/bench/internal/driver"
	"github.com/aeon-es/aeon/bench/internal/suite"
)

func TestMain(m *testing.M) {
	suite.ServeIfDriver()
	os.Exit(m.Run())
}

// The harness runs, and Aeon's requests and units are what docs/benchmarks.md says of them: whatever the machine.
func TestQuickRun(t *testing.T) {
	t.Parallel()
	programs, err := suite.Ours()
	if err != nil {
		t.Fatal(err)
	}
	programs = slices.DeleteFunc(programs, func(p driver.Program) bool { return p.Name == "bare again" }) // the same once more
	results, err := suite.Run(t.Context(), suite.Options{Programs: programs, Quick: true, Progress: t.Output()})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		for _, row := range r.Rows {
			if row.Failed != "" {
				t.Errorf("%s: %s: %s: %s", r.Suite, r.Scenario, row.Contender, row.Failed)
			}
		}
	}
	for scenario, want := range map[string]struct {
		requests     []string
		write, read  float64
		outcome      string
		events       int
		bareHasSame  bool
		withoutIndex float64 // write units of the same without the index
	}{
		"known head, 1":                 {requests: []string{"PutItem"}, write: 2, outcome: "stored", events: 1, bareHasSame: true, withoutIndex: 1},
		"known head, 10":                {requests: []string{"PutItem"}, write: 6, outcome: "stored", events: 10, bareHasSame: true, withoutIndex: 3},
		"known head, 100":               {requests: []string{"PutItem"}, write: 46, outcome: "stored", events: 100, bareHasSame: true, withoutIndex: 23},
		"new key":                       {requests: []string{"PutItem"}, write: 2, outcome: "stored", events: 1, bareHasSame: true, withoutIndex: 1},
		"unknown head":                  {requests: []string{"Query", "PutItem"}, write: 2, read: 1, outcome: "stored", events: 1, withoutIndex: 1},
		"Exactly, unknown head":         {requests: []string{"Query", "PutItem"}, write: 2, read: 1, outcome: "stored", events: 1, withoutIndex: 1},
		"idempotent":                    {requests: []string{"Query", "TransactWriteItems"}, write: 5, read: 1, outcome: "stored", events: 1, withoutIndex: 4},
		"an append that comes too late": {requests: []string{"Query"}, read: 1, outcome: "conflict", withoutIndex: 0},
		"1":                             {requests: []string{"Query"}, read: 1, events: 1, bareHasSame: true},
		"a state, from a snapshot":      {requests: []string{"GetItem", "Query"}, read: 1.5, events: 36, bareHasSame: true},
	} {
		at := slices.IndexFunc(results, func(r suite.Result) bool { return r.Scenario == scenario })
		if at < 0 {
			t.Errorf("no scenario %q", scenario)
			continue
		}
		aeon, _ := results[at].Find("aeon")
		if aeon.Count == nil || !slices.Equal(aeon.Count.Operations, want.requests) || aeon.Count.WriteUnits != want.write ||
			aeon.Count.ReadUnits != want.read || aeon.Outcome != want.outcome || aeon.Events != want.events {
			t.Errorf("%s: %q, %d events, with %+v; want %+v", scenario, aeon.Outcome, aeon.Events, aeon.Count, want)
		}
		bare, _ := results[at].Find("bare")
		if want.bareHasSame && (bare.Count == nil || aeon.Count == nil || bare.Count.WriteUnits != aeon.Count.WriteUnits || bare.Count.ReadUnits != aeon.Count.ReadUnits) {
			t.Errorf("%s: the bare request is another one: %+v", scenario, bare.Count)
		}
		if lean, _ := results[at].Find("aeon, no index"); lean.Count == nil || lean.Count.WriteUnits != want.withoutIndex {
			t.Errorf("%s: without an index it took %+v, want %g units", scenario, lean.Count, want.withoutIndex)
		}
	}
}
