package scale_test

import (
	"math"
	"testing"

	"github.com/aeon-es/aeon/bench/internal/scale"
)

// What is played through agrees with what is reckoned on paper, within what chance does.
func TestSimulationAgreesWithPaper(t *testing.T) {
	t.Parallel()
	for _, s := range []scale.Store{
		{Appends: 10_000, Units: 1, Partitions: 40, Slices: 16},
		{Appends: 100_000, Units: 1, Partitions: 400, Slices: 16},
		{Appends: 100_000, Units: 3, Partitions: 1000, Slices: 256},
		{Appends: 1_000_000, Units: 1, Partitions: 4000, Slices: 256},
		{Appends: 1_000_000, Units: 1, Partitions: 4000},
		{Appends: 1_000_000, Units: 1, Stores: 5, Partitions: 800, Slices: 256},
		{Appends: 1_000_000, Units: 1, Stores: 2, Partitions: 2000, Slices: 256},
	} {
		got := s.Accepted(1, 7) * float64(s.Appends)
		want := math.Min(float64(s.Appends), float64(s.Limit()))
		if math.Abs(got-want) > 0.02*want {
			t.Errorf("%+v: %.0f appends a second find room, on paper %.0f", s, got, want)
		}
	}
}

func TestTablesNeedALittleMoreThanOnPaper(t *testing.T) {
	t.Parallel()
	for _, appends := range []int{10_000, 100_000, 1_000_000} {
		got := scale.Store{Appends: appends, Units: 1}.PartitionsFor(7)
		if paper := appends / scale.PerPartition; got < paper || got > 2*paper {
			t.Errorf("%d appends a second: %d partitions, on paper %d", appends, got, paper)
		}
	}
}
