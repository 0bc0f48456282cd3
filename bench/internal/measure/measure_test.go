package measure_test

import (
	"math/rand/v2"
	"testing"

	"github.com/aeon-es/aeon/bench/internal/measure"
)

func TestOfSumsUp(t *testing.T) {
	t.Parallel()
	if got := measure.Of([]float64{4, 1, 3, 2}); got.Median != 2.5 || got.N != 4 || got.Low > 2 || got.High < 3 {
		t.Errorf("got %+v", got)
	}
	if got := measure.Of([]float64{7}); got.Median != 7 || got.Low != 7 || got.High != 7 {
		t.Errorf("of one value: %+v", got)
	}
	if got := measure.Of(nil); got != (measure.Spread{}) {
		t.Errorf("of none: %+v", got)
	}
}

// The interval holds the true median about as often as it says.
func TestTheIntervalHoldsTheMedian(t *testing.T) {
	t.Parallel()
	r, held := rand.New(rand.NewPCG(1, 2)), 0
	const rounds, n = 2000, 100
	for range rounds {
		values := make([]float64, n)
		for i := range values {
			values[i] = r.ExpFloat64()
		}
		const median = 0.693147
		if got := measure.Of(values); got.Low <= median && median <= got.High {
			held++
		}
	}
	if share := float64(held) / rounds; share < 0.93 || share > 0.98 {
		t.Errorf("%.3f of the intervals hold the median, want about 0.95", share)
	}
}

// Whatever slows both sides of a pair down is in no ratio.
func TestRatiosArePaired(t *testing.T) {
	t.Parallel()
	got := measure.Of(measure.Ratios([]float64{2, 20, 200}, []float64{1, 10, 100}))
	if got.Median != 2 || got.Low != 2 || got.High != 2 {
		t.Errorf("got %+v, want 2", got)
	}
}
