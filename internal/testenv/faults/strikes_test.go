package faults

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Each write meets its fate, and its sender is struck on the right side of it.
func TestStrikes(t *testing.T) {
	t.Parallel()
	url, got := server(t)
	var mu sync.Mutex
	var log []string
	note := func(line string) {
		mu.Lock()
		defer mu.Unlock()
		log = append(log, line)
	}
	fates := []Fate{Pass, StrikeBefore, StrikeAfter, Throttle, Pass}
	s := NewStrikes(http.DefaultTransport, func(w Write) Fate {
		if w.Operation != "PutItem" || string(w.Body) != "hello" || w.Sender != "KEY" {
			t.Errorf("write %+v", w)
		}
		return fates[w.Number-1]
	}, func(w Write) { note(fmt.Sprint("strike ", w.Sender, " for ", w.Number, " at ", got.Load())) })
	endpoint := Listen(t, s, To(url))
	for range fates {
		req := request(t, endpoint, "PutItem")
		req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=KEY/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host")
		req.GetBody = nil // Go's client would send it again by itself
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			note("broken off")
			continue
		}
		body, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		note(fmt.Sprint(resp.StatusCode, " ", len(body) > 20 && strings.Contains(string(body), "Throughput")))
	}
	want := []string{"200 false", "strike KEY for 2 at 1", "broken off", "strike KEY for 3 at 2", "broken off", "400 true", "200 false"}
	if !slices.Equal(log, want) || got.Load() != 3 {
		t.Errorf("%q, %d requests got there; want %q and 3", log, got.Load(), want)
	}
	if c := s.Counts(); c[Pass] != 2 || c[StrikeBefore] != 1 || c[StrikeAfter] != 1 || c[Throttle] != 1 {
		t.Errorf("counts: %v", c)
	}
}

func TestReadsAreNotStruck(t *testing.T) {
	t.Parallel()
	url, got := server(t)
	s := NewStrikes(http.DefaultTransport, func(Write) Fate { return StrikeBefore }, func(Write) { t.Error("struck") })
	for _, operation := range []string{"GetItem", "Query", "BatchGetItem", "ReceiveMessage"} {
		resp, err := s.RoundTrip(request(t, url, operation))
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
	}
	if got.Load() != 4 {
		t.Errorf("%d of 4 reads got there", got.Load())
	}
}
