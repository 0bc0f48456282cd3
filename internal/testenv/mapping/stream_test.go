package mapping_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aeon-es/aeon/internal/testenv/mapping"
)

// AWS: "Batch size - The number of records to send to the function in each batch"; "Lambda [...] invokes your function [...] in order".
func TestBatchesInOrder(t *testing.T) {
	t.Parallel()
	b := newTable(t)
	b.put(t, "", "", "", "", "")
	m := b.run(t, func(s *mapping.Settings) { s.BatchSize = 2 })
	b.expect(t, "0 1: answered", "2 3: answered", "4: answered")
	if f := m.Figures(); f.Invocations != 3 || f.Redelivered != 0 || f.Discarded != 0 {
		t.Errorf("figures: %s", f)
	}
	if f := b.function.Figures(); f.Sandboxes != 1 {
		t.Errorf("%+v: want one sandbox, used again", f)
	}
}

// The event is what AWS sends: read by AWS's own types, and written again, nothing is lost but what those don't have.
func TestEvent(t *testing.T) {
	t.Parallel()
	b := newTable(t)
	b.put(t, "nothing")
	b.run(t, func(*mapping.Settings) {})
	r := b.function.events[0].Records[0]
	if r.EventSource != "aws:dynamodb" || r.EventName != "INSERT" || r.EventVersion != "1.1" || r.EventSourceArn != b.source.ARN || r.EventID == "" || r.AWSRegion == "" {
		t.Errorf("%+v", r)
	}
	c := r.Change
	if c.NewImage["do"].String() != "nothing" || c.Keys["n"].Number() != "0" || c.StreamViewType != "NEW_IMAGE" || c.SequenceNumber == "" ||
		c.SizeBytes == 0 || c.ApproximateCreationDateTime.IsZero() || c.OldImage != nil {
		t.Errorf("%+v", c)
	}
}

// AWS: "Lambda invokes your function when one of the following three criteria is met": window, batch size, 6 MB.
func TestBatchingWindow(t *testing.T) {
	t.Parallel()
	b := newTable(t)
	settings := mapping.Defaults()
	settings.BatchSize, settings.MaximumBatchingWindow = 3, 2*time.Second
	began := time.Now()
	m := mapping.Start(t, b.source, b.function, settings)
	b.put(t, "", "", "", "")
	if err := m.Drain(t.Context(), 4); err != nil {
		t.Fatal(err)
	}
	b.expect(t, "0 1 2: answered", "3: answered")
	if waited := b.function.begun[1].Sub(b.function.begun[0]); waited < 2*time.Second {
		t.Errorf("the batch that isn't full was sent after %s, before the window was over (%s)", waited, time.Since(began))
	}
}

// AWS: "The payload size reaches 6 MB. You cannot modify this limit."
func TestPayloadLimit(t *testing.T) {
	t.Parallel()
	b := newTable(t)
	large := strings.Repeat("x", 390<<10)
	for range 20 {
		b.put(t, large)
	}
	b.run(t, func(*mapping.Settings) {})
	for i, e := range b.function.events {
		if text, err := json.Marshal(e); err != nil || len(text) > 6<<20+1000 { // written a little differently
			t.Errorf("event %d has %d bytes, %v", i, len(text), err)
		}
	}
	if n := len(b.function.events); n != 2 {
		t.Errorf("%d events, want 2", n)
	}
}

// AWS: "Latest - Process new records that are added to the stream. Trim horizon - Process all records in the stream."
func TestStartingPosition(t *testing.T) {
	t.Parallel()
	b := newTable(t)
	b.put(t, "", "")
	settings := mapping.Defaults()
	settings.StartingPosition = mapping.Latest
	m := mapping.Start(t, b.source, b.function, settings)
	b.put(t, "")
	if err := m.Drain(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	b.expect(t, "2: answered")
	m.Stop()
	b.function.batches = nil
	b.run(t, func(*mapping.Settings) {})
	b.expect(t, "0 1 2: answered")
}

// AWS: "you can process up to 10 batches in each shard simultaneously"; for DynamoDB the order holds per item.
func TestParallelization(t *testing.T) {
	t.Parallel()
	b := newTable(t)
	b.source.Shards = 2
	for i := range 200 {
		b.putItem(t, fmt.Sprint("item", i%20), i%2, fmt.Sprint(i)) // each item again and again
		b.puts++
	}
	b.run(t, func(s *mapping.Settings) { s.BatchSize, s.ParallelizationFactor = 3, 2 })
	f := b.function
	if f.atOnce > 4 || f.clashes > 0 {
		t.Errorf("%d batches at once, want 4 at most; %d items were in two of them", f.atOnce, f.clashes)
	}
	last := map[string]string{}
	keys := map[string]bool{}
	for _, e := range f.events {
		for _, r := range e.Records {
			id := r.Change.Keys["id"].String()
			item := id + r.Change.Keys["n"].Number()
			keys[item] = true
			if last[item] >= r.Change.SequenceNumber {
				t.Errorf("item %s: %s behind %s", item, r.Change.SequenceNumber, last[item])
			}
			last[item] = r.Change.SequenceNumber
		}
	}
	if len(keys) != 20 {
		t.Errorf("%d items, want 20", len(keys))
	}
}

// A batch that takes its time, or fails, holds up its own lane only.
func TestLanesDontWaitForEachOther(t *testing.T) {
	t.Parallel()
	for _, do := range []string{"hang", "fail"} {
		b := newTable(t)
		b.source.Shards = 3
		b.put(t, do)
		for range 60 {
			b.put(t, "")
		}
		settings := mapping.Defaults()
		settings.BatchSize, settings.ParallelizationFactor = 1, 3
		m := mapping.Start(t, b.source, b.function, settings)
		if err := m.Wait(t.Context(), func(f mapping.Figures) bool { return f.Finished >= 40 && (do == "hang" || f.Errors > 0) }); err != nil {
			t.Fatal(err)
		}
		if f := m.Figures(); f.Discarded > 0 || (f.Errors == 0) != (do == "hang") {
			t.Errorf("%s: figures: %s", do, f)
		}
		m.Stop()
	}
}

// What goes to the destination is what AWS sends there.
func TestInvocationRecord(t *testing.T) {
	t.Parallel()
	b := newTable(t)
	b.put(t, "fail")
	b.run(t, func(s *mapping.Settings) { s.MaximumRetryAttempts = 1 })
	text, err := json.Marshal(b.discarded(t))
	if err != nil {
		t.Fatal(err)
	}
	var got, want any
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	const documented = `{
		"requestContext": {"requestId": "", "functionArn": "", "condition": "", "approximateInvokeCount": 1},
		"responseContext": {"statusCode": 200, "executedVersion": "", "functionError": ""},
		"version": "", "timestamp": "",
		"DDBStreamBatchInfo": {"shardId": "", "startSequenceNumber": "", "endSequenceNumber": "", "approximateArrivalOfFirstRecord": "",
			"approximateArrivalOfLastRecord": "", "batchSize": 1, "streamArn": ""}}`
	if err := json.Unmarshal([]byte(documented), &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(shape(want), shape(got)); diff != "" {
		t.Errorf("shape (-want +got):\n%s", diff)
	}
}

// shape is a value with its texts and numbers emptied.
func shape(v any) any {
	switch v := v.(type) {
	case map[string]any:
		s := map[string]any{}
		for name, value := range v {
			s[name] = shape(value)
		}
		return s
	case string:
		return ""
	case float64:
		return 0
	}
	return v
}
