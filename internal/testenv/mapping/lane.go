package mapping

import (
	"context"
	"time"

	"github.com/aeon-es/aeon/internal/testenv/lambda"
)

// Between tries it waits, longer each time. Lambda does likewise; how long isn't documented.
const (
	firstWait = 10 * time.Millisecond
	maxWait   = 320 * time.Millisecond
)

// lane delivers the records of its share of a shard's items, one batch after the other.
type lane struct {
	*Stream
	shard  string
	buffer *buffer
}

// run delivers until ctx ends.
func (l *lane) run(ctx context.Context) {
	for {
		batch := l.buffer.gather(ctx, l.settings.BatchSize, l.settings.MaximumBatchingWindow)
		if batch == nil {
			return
		}
		l.deliver(ctx, batch, try{})
	}
}

// try is what is known of a batch's tries until now.
type try struct {
	failed int // that count as attempts
	wait   time.Duration
	last   lambda.Result
}

// deliver has a batch processed until nothing is left of it: done with or discarded. What comes behind it in the lane waits.
func (l *lane) deliver(ctx context.Context, batch []*record, t try) {
	for {
		if batch = l.dropAged(batch, t); len(batch) == 0 {
			return
		}
		r := l.invoke(ctx, batch)
		if ctx.Err() != nil {
			return // nobody knows what became of it
		}
		done, again := l.checkpoint(batch, r)
		l.finish(batch[:done])
		if batch = batch[done:]; !again {
			return
		}
		t.last = r
		switch {
		case r.Outcome == lambda.Throttled: // it didn't reach the function: no attempt
		case r.FunctionError() && l.settings.BisectBatchOnFunctionError && len(batch) > 1:
			l.count(func(f *Figures) { f.Bisects++ })
			half := len(batch) / 2
			l.deliver(ctx, batch[:half], t)
			l.deliver(ctx, batch[half:], t)
			return
		default:
			if t.failed++; l.settings.MaximumRetryAttempts >= 0 && t.failed > l.settings.MaximumRetryAttempts {
				l.discard(batch, RetryAttemptsExhausted, t)
				return
			}
		}
		t.wait = min(max(2*t.wait, firstWait), maxWait)
		if !pause(ctx, t.wait) {
			return
		}
	}
}

// checkpoint is how many records of the batch are done with, and whether the rest has to come again.
func (l *lane) checkpoint(batch []*record, r lambda.Result) (done int, again bool) {
	if r.Outcome != lambda.Answered {
		return 0, true
	}
	if !l.settings.ReportBatchItemFailures {
		return len(batch), false
	}
	failed, whole := failures(r.Payload, sequences(batch))
	switch {
	case whole:
		l.count(func(f *Figures) { f.WholeFailures++ })
		return 0, true
	case len(failed) == 0:
		return len(batch), false
	}
	l.count(func(f *Figures) { f.PartialFailures++ })
	for done < len(batch) && batch[done].sequence != failed[0] {
		done++
	}
	return done, true
}

// invoke hands a batch over.
func (l *lane) invoke(ctx context.Context, batch []*record) lambda.Result {
	r := l.function.Invoke(ctx, event(batch))
	if ctx.Err() != nil {
		return r
	}
	l.count(func(f *Figures) {
		f.Invocations++
		switch r.Outcome {
		case lambda.Throttled:
			f.Throttled++
			return
		case lambda.TimedOut:
			f.TimedOut++
		case lambda.Crashed:
			f.Crashed++
		case lambda.Failed, lambda.InitFailed:
			f.Errors++
		case lambda.Answered:
		}
		for _, rec := range batch {
			if rec.delivered++; rec.delivered > 1 {
				f.Redelivered++
			}
		}
	})
	return r
}

// dropAged discards the records that have become too old, and gives the rest.
func (l *lane) dropAged(batch []*record, t try) []*record {
	if l.settings.MaximumRecordAge < 0 {
		return batch
	}
	n := 0
	for n < len(batch) && time.Since(batch[n].arrived) > l.settings.MaximumRecordAge {
		n++
	}
	if n > 0 {
		l.discard(batch[:n], RecordAgeExceeded, t)
	}
	return batch[n:]
}

// discard gives records up.
func (l *lane) discard(batch []*record, why Condition, t try) {
	if l.settings.OnFailure != nil {
		l.settings.OnFailure(l.invocationRecord(batch, why, t.failed, t.last))
	}
	l.count(func(f *Figures) { f.Discarded += len(batch) })
	l.finish(batch)
}

func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
