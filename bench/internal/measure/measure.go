// Package measure sums up durations that were measured in turn: medians with their spread, and ratios pair by pair, so that what else the
// machine does at a time falls on both sides.
package measure

import (
	"math"
	"slices"
)

// Spread is a median, and between what it lies.
type Spread struct {
	Median float64 `json:"median"`
	// Low and High are the bounds of the median, which 95 of 100 such intervals hold.
	Low  float64 `json:"low"`
	High float64 `json:"high"`
	// Quarter and ThreeQuarters are what that part of the values is below.
	Quarter       float64 `json:"quarter"`
	ThreeQuarters float64 `json:"threeQuarters"`
	N             int     `json:"n"`
}

// Of sums values up; the zero Spread if there are none.
func Of(values []float64) Spread {
	n := len(values)
	if n == 0 {
		return Spread{}
	}
	sorted := slices.Sorted(slices.Values(values))
	half := 0.98 * math.Sqrt(float64(n)) // the order statistics that bound the median, by the normal approximation
	at := func(i float64) float64 { return sorted[min(n-1, max(0, int(i)))] }
	return Spread{
		Median:        (sorted[(n-1)/2] + sorted[n/2]) / 2,
		Low:           at(math.Floor(float64(n)/2 - half)),
		High:          at(math.Ceil(float64(n)/2 + half - 1)),
		Quarter:       at(float64(n-1) / 4),
		ThreeQuarters: at(math.Ceil(float64(n-1) * 3 / 4)),
		N:             n,
	}
}

// Ratios are those of values to base, pair by pair.
func Ratios(values, base []float64) []float64 {
	ratios := make([]float64, 0, len(values))
	for i := range min(len(values), len(base)) {
		if base[i] > 0 {
			ratios = append(ratios, values[i]/base[i])
		}
	}
	return ratios
}
