package gobench_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aeon-es/aeon/bench/internal/gobench"
)

func TestParse(t *testing.T) {
	t.Parallel()
	got := gobench.Parse([]byte(`goos: linux
BenchmarkProjecting/sqlite/10_keys_a_batch-2         	      10	     61261 events/s	     1.5 x-bare
BenchmarkAppend/serial 	    5000	       171 ns/op
Benchmarks are not this line
PASS
`))
	want := []gobench.Benchmark{
		{Name: "Projecting/sqlite/10 keys a batch", Runs: 10, Metrics: map[string]float64{"events/s": 61261, "x-bare": 1.5}},
		{Name: "Append/serial", Runs: 5000, Metrics: map[string]float64{"ns/op": 171}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
