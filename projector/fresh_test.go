package projector

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// pauses are those of a wait, until it is over.
func pauses(ctx context.Context, d time.Duration) (all []time.Duration, total time.Duration) {
	for w, began := newWait(ctx, d), time.Now(); ; {
		at := time.Now()
		if !w.pause(ctx) {
			return all, time.Since(began)
		}
		all = append(all, time.Since(at))
	}
}

func TestPausesOfAWaitGrow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		all, total := pauses(t.Context(), MaxWait)
		if total != MaxWait {
			t.Errorf("waited for %s", total)
		}
		longest := firstPause
		for i, d := range all[:len(all)-1] { // the last one is what was left
			if d < longest/2 || d >= longest {
				t.Errorf("pause %d is %s, want it from %s to %s", i, d, longest/2, longest)
			}
			longest = min(2*longest, longestPause)
		}
		if len(all) > 50 {
			t.Errorf("%d looks", len(all))
		}
		if again, _ := pauses(t.Context(), MaxWait); again[0] == all[0] && again[1] == all[1] && again[2] == all[2] {
			t.Error("two waits pause for the same times")
		}
	})
}

func TestWaitEndsAheadOfTheDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for deadline, want := range map[time.Duration]time.Duration{
			5 * time.Second: 5*time.Second - waitReserve, waitReserve / 2: 0, time.Hour: MaxWait,
		} {
			ctx, cancel := context.WithTimeout(t.Context(), deadline)
			if _, total := pauses(ctx, MaxWait); total != want {
				t.Errorf("with %s left it waited for %s, want %s", deadline, total, want)
			}
			cancel()
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(3*time.Second, cancel)
		if _, total := pauses(ctx, MaxWait); total != 3*time.Second {
			t.Errorf("called off after 3 s it waited for %s", total)
		}
		if all, _ := pauses(t.Context(), 0); len(all) > 0 {
			t.Errorf("no wait paused for %v", all)
		}
	})
}
