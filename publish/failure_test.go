package publish_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aeon-es/aeon/publish"
	"github.com/aeon-es/aeon/store"
)

// newTarget publishes to the bus what the records themselves carry.
func newTarget(t *testing.T, transport http.RoundTripper) *target {
	t.Helper()
	g := &target{}
	g.Consumer = publish.NewConsumer(publisher(t, transport, &g.log), nil)
	return g
}

// some are commits of a few keys, several events each.
func some() *commits {
	var c commits
	for round := range 4 {
		for _, key := range []string{"a", "b", "order/7", "ü", "e", "f"} {
			c.add(key, store.Pending{Type: "one", Data: json.RawMessage(`{"secret":"classified"}`)}, store.Pending{Type: fmt.Sprint("two-", round)})
		}
	}
	return &c
}

// Entries that fail are sent again alone, until they are taken: within one delivery, with pauses between.
func TestFailedEntriesAreSentAgainAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := some()
		tries := map[string]int{}
		b := &bus{t: t, refuses: func(e sent) string {
			d := e.detail(t)
			tries[d.ID]++
			if d.Revision%3 == 0 && tries[d.ID] < 6 {
				return []string{"ThrottlingException", "InternalFailure", "SomethingNew"}[tries[d.ID]%3]
			}
			return ""
		}}
		g := newTarget(t, b)
		began := time.Now()
		g.mustDeliver(t, c.records...)
		for _, e := range c.events {
			want := 1
			if e.Revision%3 == 0 {
				want = 6
			}
			if got := tries[e.Position.String()]; got != want {
				t.Errorf("%s@%d was sent %d times, want %d", e.Key, e.Revision, got, want)
			}
		}
		if len(b.taken) != len(c.events) {
			t.Errorf("%d entries taken of %d", len(b.taken), len(c.events))
		}
		// Five pauses of up to 100 ms, 200 ms … each in 4 lanes side by side.
		if took := time.Since(began); took < 100*time.Millisecond || took > 12*time.Second {
			t.Errorf("it took %v", took)
		}
		if !strings.Contains(g.log.String(), `"sentAgain":60`) { // 12 events, 5 times
			t.Errorf("log %s", &g.log)
		}
	})
}

// What keeps failing fails the batch from there on, in time. What is known to be published isn't sent again with it.
func TestWhatKeepsFailingComesAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := some()
		down := true
		b := &bus{t: t, refuses: func(e sent) string {
			if d := e.detail(t); down && d.Key == "b" && d.Revision >= 4 {
				return "InternalFailure"
			}
			return ""
		}}
		g := newTarget(t, b)
		for range 3 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			expectFailure(t, g.deliverIn(ctx, t, c.records...), c.records[7]) // of b, revisions 3 and 4
			if ctx.Err() != nil {
				t.Error("it answered after the deadline")
			}
			cancel()
		}
		down = false
		g.mustDeliver(t, c.records[7:]...)
		b.expect(t, c.names()...)
	})
}

// One that EventBridge can't read goes without its data, whether EventBridge says so of the entry or of the request that it is in.
func TestRefusedEntriesGoWithoutData(t *testing.T) {
	t.Parallel()
	deep := store.Pending{Type: "deep", Data: json.RawMessage(strings.Repeat("[", 1001) + strings.Repeat("]", 1001))}
	strange := func(entries []sent) (int, string) {
		for _, e := range entries {
			if strings.Contains(e.Detail, "strange") {
				return http.StatusBadRequest, "ValidationException"
			}
		}
		return 0, ""
	}
	for name, fails := range map[string]func([]sent) (int, string){"": nil, "whole request": strange} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var c commits
				c.add("k", store.Pending{Type: "a", Data: json.RawMessage(`1`)}, deep, store.Pending{Type: "b", Data: json.RawMessage(`"strange"`)},
					store.Pending{Type: "c", Metadata: map[string]string{"strange": "x"}}, store.Pending{Type: "d", Data: json.RawMessage(`2`)})
				b := &bus{t: t, fails: fails}
				g := newTarget(t, b)
				g.mustDeliver(t, c.records...)
				omitted := map[string]string{}
				for _, e := range b.taken {
					d := e.detail(t)
					omitted[d.Type] += fmt.Sprint(d.DataOmitted, " ", d.MetadataOmitted)
				}
				want := map[string]string{"a": "false false", "deep": "true false", "b": "false false", "c": "false false", "d": "false false"}
				if fails != nil {
					want["b"], want["c"] = "true false", "false true"
				}
				if fmt.Sprint(omitted) != fmt.Sprint(want) {
					t.Errorf("left out of each type: data, metadata: %v, want %v", omitted, want)
				}
				if !strings.Contains(g.log.String(), "MalformedDetail") {
					t.Errorf("the log doesn't say why: %s", &g.log)
				}
			})
		})
	}
}

// What somebody has to mend is reported at once, not tried until the time is over.
func TestDeniedIsReportedAtOnce(t *testing.T) {
	t.Parallel()
	for name, b := range map[string]*bus{
		"whole":    {fails: func([]sent) (int, string) { return http.StatusForbidden, "AccessDeniedException" }},
		"an entry": {refuses: func(sent) string { return "NotAuthorizedForSourceException" }},
		"minimal":  {refuses: func(sent) string { return "InvalidArgument" }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b.t = t
				c := some()
				began := time.Now()
				g := newTarget(t, b)
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				expectFailure(t, g.deliverIn(ctx, t, c.records...), c.records[0])
				if took := time.Since(began); took > 10*time.Second {
					t.Errorf("it took %v", took)
				}
				if !strings.Contains(g.log.String(), `key \"a\", revision `) {
					t.Errorf("the log doesn't say which: %s", &g.log)
				}
			})
		})
	}
}

// Faults of a whole request are tried again, whatever they are.
func TestFailedRequestsAreSentAgain(t *testing.T) {
	t.Parallel()
	for _, failure := range []struct {
		status int
		code   string
	}{{400, "ThrottlingException"}, {500, "InternalException"}, {503, ""}, {429, "Whatever"}, {408, "RequestTimeout"}, {200, ""}} {
		t.Run(fmt.Sprint(failure), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := some()
				n := 0
				b := &bus{t: t, fails: func([]sent) (int, string) {
					if n++; n%3 != 0 {
						return failure.status, failure.code
					}
					return 0, ""
				}}
				newTarget(t, b).mustDeliver(t, c.records...)
				b.expect(t, c.names()...)
			})
		})
	}
}
