package projector

import (
	"fmt"
	"math"
	"strings"
	"unicode/utf8"
)

// MaxRank is the longest rank of a row, in bytes.
const MaxRank = 512

// rankOf calls the view's code for the rank of a row, and turns its panic into an error.
func (v View[Row]) rankOf(row *Row) (rank string, err error) {
	if v.Rank == nil || row == nil {
		return "", nil
	}
	defer recoverInto(&err)
	rank = v.Rank(*row)
	return rank, validateRank(rank)
}

func validateRank(rank string) error {
	switch {
	case len(rank) > MaxRank:
		return rowErrorf("its rank is %d bytes long, the limit is %d", len(rank), MaxRank)
	case !utf8.ValidString(rank):
		return rowErrorf("its rank %q is not valid UTF-8", rank)
	case strings.Contains(rank, "\x00"):
		return rowErrorf("its rank %q contains U+0000", rank)
	}
	return nil
}

// RankInt is a rank for an integer: 20 digits that sort as integers do. What isn't negative ends in its own digits.
//
//	RankInt(42) == "10000000000000000042"
//
// Ranks of this kind have the same length, so that more can follow: RankInt(score) + name.
func RankInt(n int64) string {
	if n < 0 {
		return fmt.Sprintf("0%019d", uint64(n)-1<<63)
	}
	return fmt.Sprintf("1%019d", n)
}

// RankIntDescending is [RankInt] the other way round: the greatest integer comes first.
func RankIntDescending(n int64) string {
	if n < 0 {
		return fmt.Sprintf("1%019d", -(n + 1))
	}
	return fmt.Sprintf("0%019d", uint64(math.MaxInt64-n))
}
