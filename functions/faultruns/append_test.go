package faultruns_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"golang.org/x/sync/errgroup"

	"github.com/aeon-es/aeon/internal/testenv/bootstrap"
	"github.com/aeon-es/aeon/internal/testenv/faults"
	"github.com/aeon-es/aeon/internal/testenv/lambda"
	"github.com/aeon-es/aeon/internal/testenv/long"
	"github.com/aeon-es/aeon/store"
)

// clients is how many append at once.
const clients = 4

// Sandboxes of the append function are killed before and after writes, and answers of DynamoDB get lost. Clients send a request again, with
// the same idempotency key, until they hear of it: each is stored exactly once.
func TestAppends(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	way := faults.New(w.transport, faults.Seed(t), faults.Odds{LoseRequest: 0.01, LoseAnswer: 0.03, Repeat: 0.02, Throttle: 0.02, Conflict: 0.02})
	strikes, endpoint := w.strikes(t, way, kill, func(write faults.Write) faults.Fate {
		switch write.Number % 20 {
		case 7:
			return faults.StrikeBefore
		case 17:
			return faults.StrikeAfter
		}
		return faults.Pass
	})
	f := w.function(t, "append", endpoint, bootstrap.Function(t, "append"), lambda.Config{})
	requests, keys := long.Or(10_000, 300), 20
	var sent, duplicates atomic.Int64
	group, ctx := errgroup.WithContext(t.Context())
	for client := range clients {
		group.Go(func() error {
			for i := client; i < requests; i += clients {
				tries, duplicate, err := appendUntilHeard(ctx, f, fmt.Sprint("counter/", i%keys), i)
				if err != nil {
					return err
				}
				sent.Add(int64(tries))
				if duplicate {
					duplicates.Add(1)
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	stored := map[int]int{}
	for key := range keys {
		for e, err := range w.store.Read(t.Context(), fmt.Sprint("counter/", key), store.Range{}) {
			if err != nil {
				t.Fatal(err)
			}
			var data struct{ Request int }
			if err := json.Unmarshal(e.Data, &data); err != nil {
				t.Fatal(err)
			}
			stored[data.Request]++
		}
	}
	for i := range requests {
		if stored[i] != 1 {
			t.Errorf("request %d is stored %d times", i, stored[i])
		}
	}
	c := strikes.Counts()
	t.Logf("%d requests were sent %d times, %d answered as duplicates; killed before %d writes and after %d; on the way: %v; %+v",
		requests, sent.Load(), duplicates.Load(), c[faults.StrikeBefore], c[faults.StrikeAfter], way.Counts(), f.Figures())
	if duplicates.Load() == 0 || f.Figures().Crashed < 10 || len(stored) != requests {
		t.Errorf("too little happened: %d duplicates, %+v, %d stored", duplicates.Load(), f.Figures(), len(stored))
	}
}

// maxTries is how often a client sends a request before it gives up.
const maxTries = 50

// appendUntilHeard sends a request until its answer says that it is stored. tries is how often that was; duplicate, that it had been already.
func appendUntilHeard(ctx context.Context, f *lambda.Function, key string, request int) (tries int, duplicate bool, err error) {
	event, err := json.Marshal(events.APIGatewayProxyRequest{
		Resource: "/streams/{proxy+}", Path: "/streams/" + key, HTTPMethod: http.MethodPost,
		Headers: map[string]string{"Content-Type": "application/json", "Idempotency-Key": fmt.Sprint("request-", request)},
		Body:    fmt.Sprintf(`{"events":[{"type":"incremented","data":{"request":%d}}]}`, request),
	})
	if err != nil {
		return 0, false, err
	}
	var last string
	for tries = 1; tries <= maxTries; tries++ {
		r := f.Invoke(ctx, event)
		last = string(r.Payload)
		var answer events.APIGatewayProxyResponse
		if r.Outcome != lambda.Answered || json.Unmarshal(r.Payload, &answer) != nil {
			continue
		}
		switch answer.StatusCode {
		case http.StatusCreated, http.StatusOK:
			return tries, strings.Contains(answer.Body, `"duplicate":true`), nil
		case http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusServiceUnavailable, http.StatusPreconditionFailed, http.StatusConflict:
		default:
			return tries, false, fmt.Errorf("request %d: status %d, %s", request, answer.StatusCode, answer.Body)
		}
	}
	return tries, false, fmt.Errorf("request %d was sent %d times; the last answer: %s", request, maxTries, last)
}
