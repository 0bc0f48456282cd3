// Package bus stands in for EventBridge where the example runs on one machine: what is published goes by the template's rules to their targets. It is in no
// function.
package bus

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"time"
)

// Target takes entries of the rules that send to it, as EventBridge hands them over.
type Target func(envelope []byte)

// Bus is the transport of a client of EventBridge, none of whose requests leave the process. Make it with [New].
type Bus struct {
	rules   map[string]Rule
	targets map[string]Target
	last    atomic.Int64
}

// New makes a bus with rules, and their targets by name.
func New(rules map[string]Rule, targets map[string]Target) (*Bus, error) {
	for name, r := range rules {
		if targets[r.Target] == nil {
			return nil, fmt.Errorf("rule %s sends to %s, which isn't there", name, r.Target)
		}
	}
	return &Bus{rules: rules, targets: targets}, nil
}

// entry is one of a request.
type entry struct {
	Source     string
	DetailType string
	Detail     string
	Time       float64
}

// RoundTrip answers a PutEvents request: all of its entries are taken.
func (b *Bus) RoundTrip(r *http.Request) (*http.Response, error) {
	var request struct{ Entries []entry }
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
		return nil, fmt.Errorf("not a PutEvents request: %w", err)
	}
	var taken []map[string]string
	for _, e := range request.Entries {
		id := fmt.Sprintf("entry-%d", b.last.Add(1)) // as EventBridge's own, it is another each time
		if err := b.put(id, e); err != nil {
			return nil, err
		}
		taken = append(taken, map[string]string{"EventId": id})
	}
	w := httptest.NewRecorder()
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	if err := json.NewEncoder(w).Encode(map[string]any{"FailedEntryCount": 0, "Entries": taken}); err != nil {
		return nil, err
	}
	answer := w.Result()
	answer.Request = r
	return answer, nil
}

// put sends an entry to the target of each rule that lets it pass.
func (b *Bus) put(id string, e entry) error {
	envelope, err := json.Marshal(map[string]any{
		"version": "0", "id": id, "source": e.Source, "detail-type": e.DetailType, "detail": json.RawMessage(e.Detail),
		"time": time.Unix(int64(e.Time), 0).UTC().Format(time.RFC3339), "account": "000000000000", "region": "local", "resources": []string{},
	})
	if err != nil {
		return err
	}
	var fields map[string]any
	if err := json.Unmarshal(envelope, &fields); err != nil {
		return err
	}
	for _, r := range b.rules {
		if r.Pattern.Matches(fields) {
			b.targets[r.Target](envelope)
		}
	}
	return nil
}
