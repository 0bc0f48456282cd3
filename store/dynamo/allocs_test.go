package dynamo

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/aeon-es/aeon/store"
)

// slack is for the race detector, which makes pools forget what they hold now and then.
const slack = 0.6

// Reading takes two allocations for each event at the most, besides those of the SDK, and one where commits are large.
func TestAllocationsOfDecoding(t *testing.T) {
	for perCommit, most := range map[int]float64{1: 2, 10: 1.2, 100: 1.1} {
		const events = 1000
		out := &dynamodb.QueryOutput{}
		for n := 0; n < events; n += perCommit {
			c := *goldenCommits(t)["commit-small"]
			c.Key, c.Revision, c.Count, c.Events = "counter/1", store.Revision(n+1), perCommit, nil
			for range perCommit {
				c.Events = append(c.Events, store.Pending{Type: "incremented", CorrelationID: "request", Data: []byte(`{"note":"` + strings.Repeat("x", 180) + `"}`)})
			}
			out.Items = append(out.Items, encodeCommit(&c, 16))
		}
		perEvent := testing.AllocsPerRun(10, func() {
			page, err := decodePage(out, decodeCommit)
			if err != nil || len(page.Commits) != events/perCommit {
				t.Fatal(len(page.Commits), err)
			}
		}) / events
		if perEvent > most+slack {
			t.Errorf("%d events to a commit: %.3f allocations for each, want at most %.1f", perCommit, perEvent, most)
		}
	}
}
