package mapping_test

import (
	"testing"
	"time"

	"github.com/aeon-es/aeon/internal/testenv/lambda"
	"github.com/aeon-es/aeon/internal/testenv/mapping"
)

// AWS: "Lambda uses the record with the lowest sequence number as the checkpoint. Lambda then retries all records starting from that
// checkpoint."
func TestPartialFailureGoesBackToTheLowest(t *testing.T) {
	t.Parallel()
	b := newTable(t)
	b.put(t, "", "report 2", "", "report 1", "")
	m := b.run(t, func(s *mapping.Settings) { s.ReportBatchItemFailures = true })
	b.expect(t, "0 1 2 3 4: answered", "1 2 3 4: answered", "1 2 3 4: answered")
	if f := m.Figures(); f.PartialFailures != 2 || f.Redelivered != 8 {
		t.Errorf("figures: %s", f)
	}
}

// AWS: "Even when your function code returns partial batch failure responses, these responses will not be processed by Lambda unless
// the ReportBatchItemFailures feature is explicitly turned on".
func TestResponsesCountOnlyIfAskedFor(t *testing.T) {
	t.Parallel()
	b := newTable(t)
	b.put(t, "report", "report")
	b.run(t, func(*mapping.Settings) {})
	b.expect(t, "0 1: answered")
}

// AWS: "Lambda treats a batch as a complete success if you return any of the following: an empty batchItemFailure list, a null
// batchItemFailure list, an empty EventResponse, a null EventResponse."
func TestResponsesOfSuccess(t *testing.T) {
	t.Parallel()
	for _, response := range []string{`{"batchItemFailures":[]}`, `{"batchItemFailures":null}`, `{}`, `null`, `[]`, `""`} {
		t.Run(response, func(t *testing.T) {
			t.Parallel()
			b := newTable(t)
			b.put(t, "answer "+response, "")
			b.run(t, func(s *mapping.Settings) { s.ReportBatchItemFailures, s.MaximumRetryAttempts = true, 1 })
			b.expect(t, "0 1: answered")
		})
	}
}

// AWS: "Lambda treats a batch as a complete failure if you return any of the following: an empty string itemIdentifier, a null
// itemIdentifier, an itemIdentifier with a bad key name." Seen on AWS, too: an identifier that isn't in the batch, or is a number;
// with three retries there are four invocations, and no function error is told to the destination.
func TestResponsesOfFailure(t *testing.T) {
	t.Parallel()
	for _, response := range []string{
		`{"batchItemFailures":[{"itemIdentifier":""}]}`, `{"batchItemFailures":[{"itemIdentifier":null}]}`, `{"batchItemFailures":[{"foo":"1"}]}`,
		`{"batchItemFailures":[{}]}`, `{"batchItemFailures":[{"itemIdentifier":123}]}`, `{"batchItemFailures":[{"itemIdentifier":"123"}]}`, `"ok"`,
	} {
		t.Run(response, func(t *testing.T) {
			t.Parallel()
			b := newTable(t)
			b.put(t, "", "answer "+response)
			m := b.run(t, func(s *mapping.Settings) {
				s.ReportBatchItemFailures, s.MaximumRetryAttempts, s.BisectBatchOnFunctionError = true, 3, true
			})
			b.expect(t, "0 1: answered", "0 1: answered", "0 1: answered", "0 1: answered")
			r := b.discarded(t)
			if r.RequestContext.Condition != mapping.RetryAttemptsExhausted || r.RequestContext.ApproximateInvokeCount != 4 ||
				r.ResponseContext.FunctionError != nil || r.Batch.BatchSize != 2 || r.RequestContext.FunctionARN != b.function.ARN() {
				t.Errorf("sent to the destination: %+v", r)
			}
			if f := m.Figures(); f.WholeFailures != 4 || f.Discarded != 2 || f.Bisects != 0 {
				t.Errorf("figures: %s", f)
			}
		})
	}
}

// AWS: "If the function is invoked but returns an error, Lambda retries until the records expire [...] or reach the configured retry
// quota"; "Lambda discards the records and continues processing batches from the stream".
func TestRetriesAreLimited(t *testing.T) {
	t.Parallel()
	b := newTable(t)
	b.put(t, "", "fail", "")
	b.run(t, func(s *mapping.Settings) { s.BatchSize, s.MaximumRetryAttempts = 2, 2 })
	b.expect(t, "0 1: failed", "0 1: failed", "0 1: failed", "2: answered")
	r := b.discarded(t)
	if r.RequestContext.ApproximateInvokeCount != 3 || r.Batch.BatchSize != 2 || r.Batch.StartSequenceNumber >= r.Batch.EndSequenceNumber ||
		r.ResponseContext.FunctionError == nil || *r.ResponseContext.FunctionError != "Unhandled" || r.Batch.StreamARN != b.source.ARN {
		t.Errorf("sent to the destination: %+v", r)
	}
}

// AWS: "-1 means infinite: failed records are retried until the record expires".
func TestRetriesWithoutLimit(t *testing.T) {
	t.Parallel()
	b := newTable(t)
	b.put(t, "fail 6", "")
	m := b.run(t, func(*mapping.Settings) {})
	if f := m.Figures(); f.Errors != 6 || f.Invocations != 7 || f.Discarded != 0 || f.Finished != 2 {
		t.Errorf("figures: %s", f)
	}
}

// AWS: "BisectBatchOnFunctionError, which splits a failed batch into two smaller batches, isolating bad records and avoiding timeouts.
// Splitting batches doesn't consume the retry quota." "Your original batch size setting remains unchanged."
func TestBisectFindsTheBadRecord(t *testing.T) {
	t.Parallel()
	b := newTable(t)
	b.put(t, "", "", "fail", "", "", "")
	m := b.run(t, func(s *mapping.Settings) {
		s.BatchSize, s.MaximumRetryAttempts, s.BisectBatchOnFunctionError = 4, 1, true
	})
	b.expect(t, "0 1 2 3: failed", "0 1: answered", "2 3: failed", "2: failed", "2: failed", "3: answered", "4 5: answered")
	r := b.discarded(t)
	if r.Batch.BatchSize != 1 || m.Figures().Discarded != 1 || m.Figures().Bisects != 2 {
		t.Errorf("sent to the destination: %+v; figures: %s", r, m.Figures())
	}
}

// AWS: "If your invocation fails and BisectBatchOnFunctionError is turned on, the batch is bisected regardless of your
// ReportBatchItemFailures setting." Crashes and timeouts are failed invocations.
func TestBisectOnCrashAndTimeout(t *testing.T) {
	t.Parallel()
	for do, want := range map[string]string{"exit 2": "crashed", "hang 2": "timed out"} {
		t.Run(do, func(t *testing.T) {
			t.Parallel()
			timeout := time.Minute
			if want == "timed out" {
				timeout = time.Second
			}
			b := newTableFor(t, lambda.Config{Timeout: timeout})
			b.put(t, "", "", "", do)
			m := b.run(t, func(s *mapping.Settings) { s.BisectBatchOnFunctionError, s.ReportBatchItemFailures = true, true })
			b.expect(t, "0 1 2 3: "+want, "0 1: answered", "2 3: "+want, "2: answered", "3: answered")
			if f := m.Figures(); f.Crashed+f.TimedOut != 2 {
				t.Errorf("figures: %s", f)
			}
		})
	}
}

// AWS: "When a partial batch success response is received and both [...] are turned on, the batch is bisected at the returned sequence
// number and Lambda retries only the remaining records."
func TestPartialFailureWithBisect(t *testing.T) {
	t.Parallel()
	b := newTable(t)
	b.put(t, "", "", "", "report 1")
	m := b.run(t, func(s *mapping.Settings) { s.BisectBatchOnFunctionError, s.ReportBatchItemFailures = true, true })
	b.expect(t, "0 1 2 3: answered", "3: answered")
	if f := m.Figures(); f.Bisects != 0 {
		t.Errorf("figures: %s", f)
	}
}

// AWS: "Lambda retries failures based on your retry strategy": partial ones count, too.
func TestPartialFailuresUseUpRetries(t *testing.T) {
	t.Parallel()
	b := newTable(t)
	b.put(t, "", "report", "")
	b.run(t, func(s *mapping.Settings) { s.ReportBatchItemFailures, s.MaximumRetryAttempts, s.BatchSize = true, 1, 2 })
	b.expect(t, "0 1: answered", "1: answered", "2: answered")
	if r := b.discarded(t); r.RequestContext.ApproximateInvokeCount != 2 || r.ResponseContext.FunctionError != nil || r.Batch.BatchSize != 1 {
		t.Errorf("sent to the destination: %+v", r)
	}
}

// AWS: "Maximum age of record - The maximum age of a record that Lambda sends to your function."
func TestRecordAge(t *testing.T) {
	t.Parallel()
	b := newTable(t)
	b.put(t, "fail")
	m := b.run(t, func(s *mapping.Settings) { s.MaximumRecordAge = 300 * time.Millisecond })
	r := b.discarded(t)
	if r.RequestContext.Condition != mapping.RecordAgeExceeded || m.Figures().Discarded != 1 || m.Figures().Errors == 0 {
		t.Errorf("sent to the destination: %+v; figures: %s", r, m.Figures())
	}
	b.put(t, "")
	if err := m.Drain(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
}

// AWS: "Retry attempts - [...] This doesn't apply to service errors or throttles where the batch didn't reach the function."
func TestThrottlesAreNoAttempts(t *testing.T) {
	t.Parallel()
	b := newTableFor(t, lambda.Config{Timeout: time.Minute, Concurrency: 1})
	b.source.Shards = 4
	settings := mapping.Defaults()
	settings.MaximumRetryAttempts = 0
	settings.OnFailure = func(r mapping.InvocationRecord) { b.failed <- r }
	m := mapping.Start(t, b.source, b.function, settings)
	b.put(t, "hang") // in the only sandbox, until that is killed
	if err := m.Wait(t.Context(), func(mapping.Figures) bool { return len(b.function.Busy()) > 0 }); err != nil {
		t.Fatal(err)
	}
	for range 12 {
		b.put(t, "")
	}
	if err := m.Wait(t.Context(), func(f mapping.Figures) bool { return f.Throttled >= 5 }); err != nil {
		t.Fatal(err)
	}
	for _, key := range b.function.Busy() {
		b.function.Kill(key)
	}
	if err := m.Drain(t.Context(), b.puts); err != nil {
		t.Fatal(err)
	}
	if r := b.discarded(t); r.RequestContext.ApproximateInvokeCount != 1 || len(b.failed) > 0 {
		t.Errorf("sent to the destination: %+v and %d more", r, len(b.failed))
	}
	if f := m.Figures(); f.Discarded != 1 || f.Crashed != 1 {
		t.Errorf("figures: %s", f)
	}
}
