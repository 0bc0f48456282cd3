// Package scale plays through what limits a store that is far larger than any that a test has: partitions of DynamoDB that take so many
// units a second and no more, appends to keys at random, and where each has to be written.
package scale

import (
	"math/rand/v2"
)

// PerPartition is how many write units a partition takes in a second: AWS's "Best practices for designing and using partition keys".
const PerPartition = 1000

// Store is one that is played through.
type Store struct {
	Appends    int // asked for in a second
	Units      int // of an append
	Partitions int // of the events table
	// Slices of the index of positions, 0 without one. A slice takes what a partition takes: what is new in it is next to each other.
	Slices int
}

// Accepted is the share of the appends that find room, in the given number of seconds. Keys are so many that each append is
// to another one.
func (s Store) Accepted(seconds int, seed uint64) float64 {
	random := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // plays chance
	accepted := 0
	table, index := make([]int, s.Partitions), make([]int, max(1, s.Slices))
	for range seconds {
		clear(table)
		clear(index)
		for range s.Appends {
			partition, slice := random.IntN(s.Partitions), random.IntN(len(index))
			if table[partition]+s.Units > PerPartition || s.Slices > 0 && index[slice]+s.Units > PerPartition {
				continue
			}
			table[partition] += s.Units
			index[slice] += s.Units
			accepted++
		}
	}
	return float64(accepted) / float64(seconds*s.Appends)
}

// Limit is what the store takes on paper.
func (s Store) Limit() int {
	limit := s.Partitions * PerPartition / s.Units
	if s.Slices > 0 {
		limit = min(limit, s.Slices*PerPartition/s.Units)
	}
	return limit
}

// PartitionsFor is how many partitions the table needs, so that all but one of a thousand appends find room: a few more than on
// paper, since chance doesn't fill them evenly.
func (s Store) PartitionsFor(seed uint64) int {
	s.Slices = 0
	for s.Partitions = max(1, s.Appends*s.Units/PerPartition); ; s.Partitions += max(1, s.Partitions/50) {
		if s.Accepted(1, seed) >= 0.999 {
			return s.Partitions
		}
	}
}
