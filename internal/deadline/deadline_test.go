package deadline

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestAhead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for given, want := range map[time.Duration]time.Duration{
			time.Minute: 59 * time.Second, 4 * time.Second: 3 * time.Second, 400 * time.Millisecond: 300 * time.Millisecond,
		} {
			ctx, cancel := context.WithTimeout(t.Context(), given)
			ahead, cancelAhead := Ahead(ctx)
			began := time.Now()
			<-ahead.Done()
			if got := time.Since(began); got != want || ctx.Err() != nil {
				t.Errorf("of %s, %s were used (%v), want %s", given, got, ctx.Err(), want)
			}
			cancelAhead()
			cancel()
		}
	})
}

func TestAheadOfNothing(t *testing.T) {
	t.Parallel()
	ctx, cancel := Ahead(context.Background())
	defer cancel()
	if _, ok := ctx.Deadline(); ok {
		t.Error("a deadline came from nowhere")
	}
	past, cancelPast := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancelPast()
	ctx, cancel = Ahead(past)
	defer cancel()
	if ctx.Err() == nil {
		t.Error("it goes on after the deadline")
	}
}
