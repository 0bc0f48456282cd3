package publish

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
)

// How long to wait before an entry is sent again: a random time up to firstWait, twice that the next time, and so on up to
// maxWait.
const (
	firstWait = 100 * time.Millisecond
	maxWait   = 5 * time.Second
)

// send sends entries until EventBridge has taken all of them. Where it won't take one, or ctx ends, it answers those that
// are left, in their order, and why.
func (l *lane) send(ctx context.Context, entries []*entry) (left []*entry, err error) {
	for try := 0; ; try++ {
		failures, whole := l.put(ctx, entries)
		if whole && failures[0].kind == refused && len(entries) > 1 {
			return l.sendEach(ctx, entries) // it doesn't say which of them it is
		}
		var worst *failure
		if entries, worst = l.judge(ctx, failures); worst == nil {
			return nil, nil
		}
		if worst.kind != passing {
			return entries, worst
		}
		if !pause(ctx, try) {
			return entries, fmt.Errorf("%w, having tried %d times: %w", context.Cause(ctx), try+1, worst)
		}
		l.done.SentAgain += int64(len(entries))
	}
}

// sendEach sends entries by themselves.
func (l *lane) sendEach(ctx context.Context, entries []*entry) (left []*entry, err error) {
	for i := range entries {
		if _, err := l.send(ctx, entries[i:i+1]); err != nil {
			return entries[i:], err
		}
	}
	return nil, nil
}

// judge says what is left of a request, and why; what can't be helped goes before what passes. An entry that was refused
// is left with less in it, if that can be, and passes then.
func (l *lane) judge(ctx context.Context, failures []*failure) (left []*entry, worst *failure) {
	for _, f := range failures {
		left = append(left, f.entry)
		if f.kind == refused && f.entry.reduce() {
			l.publisher.omitted(ctx, f.entry, f.cause.Error())
			if f.kind = passing; f.entry.encode(l.publisher.source) != nil {
				f.kind = denied // never: what it holds was encoded before
			}
		}
		if worst == nil || worst.kind == passing {
			worst = f
		}
	}
	return left, worst
}

// put sends one request, and says which of its entries EventBridge didn't take. whole is that it answered none by itself.
func (l *lane) put(ctx context.Context, entries []*entry) (failures []*failure, whole bool) {
	in := &eventbridge.PutEventsInput{Entries: make([]types.PutEventsRequestEntry, len(entries))}
	for i, n := range entries {
		in.Entries[i] = l.publisher.sent(n)
	}
	l.done.Requests++
	out, err := l.publisher.client.PutEvents(ctx, in, func(o *eventbridge.Options) { o.Retryer = aws.NopRetryer{} })
	if err == nil && len(out.Entries) != len(entries) {
		err = fmt.Errorf("EventBridge answered %d of %d entries", len(out.Entries), len(entries))
	}
	for i, n := range entries {
		switch {
		case err != nil:
			failures = append(failures, &failure{entry: n, kind: kindOf(err), cause: err})
		case out.Entries[i].EventId == nil || out.Entries[i].ErrorCode != nil:
			failures = append(failures, failed(n, out.Entries[i]))
		}
	}
	return failures, err != nil
}

// pause waits before the next try, and says whether ctx let it.
func pause(ctx context.Context, try int) bool {
	wait := maxWait
	if try < 6 {
		wait = min(maxWait, firstWait<<try)
	}
	timer := time.NewTimer(rand.N(wait) + 1) //nolint:gosec // jitter keeps no secret
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// omitted says that an entry goes without its data.
func (p *Publisher) omitted(ctx context.Context, n *entry, reason string) {
	p.log.LogAttrs(ctx, slog.LevelWarn, "event goes without its data",
		slog.String("key", n.event.Key), slog.Uint64("revision", uint64(n.event.Revision)),
		slog.String("correlationId", n.event.CorrelationID), slog.Bool("metadataOmitted", n.omits == dataAndMetadata), slog.String("reason", reason))
}
