package mapping

import (
	"fmt"
	"testing"
)

// The items of one partition key are spread over shards and lanes, and the lanes of a shard all get some.
func TestSplit(t *testing.T) {
	t.Parallel()
	const shards, lanes, items = 4, 4, 1600
	counts := map[[2]int]int{}
	for i := range items {
		item := fmt.Sprintf(`{"key":{"S":"one"},"revision":{"N":"%d"}}`, i)
		counts[[2]int{split(item, "shard", shards), split(item, "lane", lanes)}]++
	}
	for shard := range shards {
		for lane := range lanes {
			if n := counts[[2]int{shard, lane}]; n < items/shards/lanes/2 || n > items/shards/lanes*2 {
				t.Errorf("shard %d, lane %d: %d of %d items", shard, lane, n, items)
			}
		}
	}
}
