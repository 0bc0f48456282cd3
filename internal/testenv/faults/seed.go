package faults

import (
	"os"
	"strconv"
	"testing"
	"time"
)

// SeedVariable is the environment variable with the seed to use.
const SeedVariable = "AEON_SEED"

// Seed is the seed that the environment asks for, or else a new one. It is logged either way.
func Seed(tb testing.TB) uint64 {
	tb.Helper()
	seed := uint64(time.Now().UnixNano())
	if text, ok := os.LookupEnv(SeedVariable); ok {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			tb.Fatalf("%s: %v", SeedVariable, err)
		}
	}
	tb.Logf("%s=%d", SeedVariable, seed)
	return seed
}
