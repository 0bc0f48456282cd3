package queue

import "math/rand/v2"

// How long a message waits that was delivered and failed: a random time, up to twice as long each time, in seconds. What is
// mended is right again within the longest of them; after 50 times, about a day has passed.
const (
	firstWait   = 10
	longestWait = 3600
)

// backoff is how many seconds a message waits after it has failed for the n-th time.
func backoff(n int) int32 {
	return 1 + rand.Int32N(longest(n)) //nolint:gosec // spreads load, guards nothing
}

// longest is the most that backoff answers.
func longest(n int) int32 {
	wait := int32(firstWait)
	for ; n > 1 && wait < longestWait; n-- {
		wait *= 2
	}
	return min(wait, longestWait)
}
