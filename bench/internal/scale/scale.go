// Package scale plays through what limits a store that is far larger than any that a test has: partitions of DynamoDB that take so many
// units a second and no more, appends to keys at random, and where each has to be written.
package scale

import (
	"math"
	"math/rand/v2"
)

// PerPartition is how many write units a partition takes in a second: AWS's "Best practices for designing and using partition keys".
const PerPartition = 1000

// Store is one that is played through, or several that share the keys.
type Store struct {
	Appends    int // asked for in a second
	Units      int // of an append
	Stores     int // that share the keys; 0 is 1
	Partitions int // of the events table of each
	// Slices of the index of positions of each, 0 without one. A slice takes what a partition takes: what is new in it is next to each other.
	Slices int
}

// Accepted is the share of the appends that find room, in the given number of seconds. Keys are so many that each append is
// to another one.
func (s Store) Accepted(seconds int, seed uint64) float64 {
	random := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // plays chance
	accepted := 0
	slices := max(1, s.Slices)
	table, index := make([]int, s.stores()*s.Partitions), make([]int, s.stores()*slices)
	for range seconds {
		clear(table)
		clear(index)
		for range s.Appends {
			key := random.Uint64() // one half says where it is in the tables, the other in the index of its store
			partition := int(key >> 32 * uint64(len(table)) >> 32)
			slice := partition/s.Partitions*slices + int(key&math.MaxUint32*uint64(slices)>>32)
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

func (s Store) stores() int { return max(1, s.Stores) }

// Limit is what the store takes on paper.
func (s Store) Limit() int {
	limit := s.stores() * s.Partitions * PerPartition / s.Units
	if s.Slices > 0 {
		limit = min(limit, s.stores()*s.Slices*PerPartition/s.Units)
	}
	return limit
}

// PartitionsFor is how many partitions the table of a single store needs, so that all but one of a thousand appends find room: a few more than on
// paper, since chance doesn't fill them evenly.
func (s Store) PartitionsFor(seed uint64) int {
	s.Slices, s.Stores = 0, 1
	for s.Partitions = max(1, s.Appends*s.Units/PerPartition); ; s.Partitions += max(1, s.Partitions/50) {
		if s.Accepted(1, seed) >= 0.999 {
			return s.Partitions
		}
	}
}
