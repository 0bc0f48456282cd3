package projector

import (
	"errors"
	"math"
	"strings"
	"testing"
)

func TestRanksOfIntegersSort(t *testing.T) {
	t.Parallel()
	numbers := []int64{math.MinInt64, math.MinInt64 + 1, -1e18, -11, -10, -9, -1, 0, 1, 9, 10, 11, 1e18, math.MaxInt64 - 1, math.MaxInt64}
	lastUp, lastDown := "", "a"
	for _, n := range numbers {
		up, down := RankInt(n), RankIntDescending(n)
		if len(up) != 20 || len(down) != 20 {
			t.Errorf("%d: %q and %q", n, up, down)
		}
		if lastUp >= up || lastDown <= down {
			t.Errorf("%d doesn't sort behind what is before it: %q behind %q, %q before %q", n, up, lastUp, down, lastDown)
		}
		lastUp, lastDown = up, down
	}
	if got := RankInt(42); got != "10000000000000000042" {
		t.Errorf("42 is %q", got)
	}
}

func TestRanksThatCannotBeKept(t *testing.T) {
	t.Parallel()
	v := View[string]{Rank: func(row string) string { return row }}
	for rank, ok := range map[string]bool{
		"": true, "a": true, "\x01 ü 😀": true, strings.Repeat("x", MaxRank): true,
		strings.Repeat("x", MaxRank+1): false, "a\x00b": false, "\xff": false,
	} {
		got, err := v.rankOf(&rank)
		var problem *RowError
		if (err == nil) != ok || got != rank || err != nil && !errors.As(err, &problem) {
			t.Errorf("%.40q: %.40q, %v", rank, got, err)
		}
	}
	v.Rank = func(string) string { panic("on purpose") }
	var p *panicError
	if _, err := v.rankOf(new(string)); !errors.As(err, &p) {
		t.Errorf("a panic: %v", err)
	}
}
