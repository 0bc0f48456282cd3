package store

import (
	"errors"
	"math"
	"testing"
)

// FuzzRange takes any range: it is refused as ErrInvalid, or its bounds let pass just what its fields say.
func FuzzRange(f *testing.F) {
	f.Add(uint64(0), uint64(0), false, false, 0)
	f.Add(uint64(3), uint64(5), true, true, 1)
	f.Add(uint64(math.MaxUint64), uint64(0), true, false, -1)
	f.Add(uint64(1), uint64(math.MaxUint64), false, true, math.MaxInt)
	f.Fuzz(func(t *testing.T, start, end uint64, startExclusive, endExclusive bool, limit int) {
		r := Range{Start: Revision(start), End: Revision(end), StartExclusive: startExclusive, EndExclusive: endExclusive, Limit: limit}
		first, last, empty, err := r.bounds()
		if err != nil {
			if !errors.Is(err, ErrInvalid) || limit >= 0 && (end == 0) != endExclusive && start <= end {
				t.Fatalf("%+v: %v", r, err)
			}
			return
		}
		for _, near := range []uint64{1, start, end, math.MaxUint64} {
			for n := max(near, 2) - 1; ; n++ {
				inside := n >= start && (end == 0 || n <= end) && (!startExclusive || n != start) && (!endExclusive || n != end)
				got := !empty && Revision(n) >= first && (last == 0 || Revision(n) <= last)
				if got != inside {
					t.Fatalf("%+v: revision %d lies inside of %d to %d (empty %v): %v, want %v", r, n, first, last, empty, got, inside)
				}
				if n == math.MaxUint64 || n > near {
					break
				}
			}
		}
	})
}
