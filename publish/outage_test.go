package publish_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aeon-es/aeon/internal/testenv/faults"
	"github.com/aeon-es/aeon/internal/testenv/long"
	"github.com/aeon-es/aeon/store"
)

// attempt is the time that a delivery has: that of the function in template.yaml.
func attempt(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, 5*time.Minute)
}

// EventBridge is down for an hour, while events go on being appended. Lambda delivers the same records until they are
// passed, and none of them behind them; in the end every event is there, once each since nothing got through before.
func TestOutageOfAnHour(t *testing.T) {
	t.Parallel()
	for name, down := range map[string]func(*http.Request) (*http.Response, error){
		"no answer": func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		},
		"500": func(r *http.Request) (*http.Response, error) {
			return answer(r, http.StatusInternalServerError, map[string]string{"__type": "InternalException"})
		},
		"denied": func(r *http.Request) (*http.Response, error) {
			time.Sleep(30 * time.Second) // as Lambda pauses
			return answer(r, http.StatusBadRequest, map[string]string{"__type": "AccessDeniedException"})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := some()
				b := &bus{t: t}
				began := time.Now()
				g := newTarget(t, roundTripper(func(r *http.Request) (*http.Response, error) {
					if time.Since(began) < time.Hour {
						return down(r)
					}
					return b.RoundTrip(r)
				}))
				for batch := range slices.Chunk(c.records, 10) {
					g.insist(t.Context(), t, batch, attempt)
				}
				b.expect(t, c.names()...)
				if took := time.Since(began); took < time.Hour || took > time.Hour+6*time.Minute {
					t.Errorf("it took %v", took)
				}
			})
		})
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// Whatever goes wrong on the way to EventBridge, every event arrives, and one that arrives again is the same with the same id.
func TestFaultsLoseNothing(t *testing.T) {
	t.Parallel()
	first, happened := faults.Seed(t), map[string]int{}
	for i := range long.Or[uint64](20_000, 100) {
		t.Run(fmt.Sprint(faults.SeedVariable, "=", first+i), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				for fault, n := range deliverWithFaults(t, first+i) {
					happened[fault] += n
				}
			})
		})
	}
	t.Logf("faults: %v", happened)
	if len(happened) != 7 {
		t.Errorf("of the 7 kinds of faults there were %v", happened)
	}
}

// deliverWithFaults answers how often each fault happened.
func deliverWithFaults(t *testing.T, seed uint64) map[string]int {
	random := rand.New(rand.NewPCG(seed, 7))
	var c commits
	for i := range 30 {
		var events []store.Pending
		for range 1 + random.IntN(4) {
			events = append(events, store.Pending{Type: fmt.Sprint("type-", i), Data: json.RawMessage(fmt.Sprint(`{"i":`, i, `}`))})
		}
		c.add(fmt.Sprint("key-", random.IntN(6)), events...)
	}
	b := &bus{t: t}
	share := func() float64 { return random.Float64() * 0.12 }
	way := faults.New(b, seed, faults.Odds{
		LoseRequest: share(), LoseAnswer: share(), Late: share(), Throttle: share(), Partial: 2 * share(), Break: share(),
		MaxDelay: time.Second, MaxLate: time.Minute,
	})
	g := newTarget(t, way)
	for rest := c.records; len(rest) > 0; {
		n := 1 + random.IntN(len(rest))
		g.insist(t.Context(), t, rest[:n], func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, time.Duration(1+random.IntN(20))*time.Second)
		})
		if random.IntN(4) == 0 { // another process goes on
			g = newTarget(t, way)
		}
		rest = rest[n:]
	}
	way.Land()
	expectAll(t, b, &c)
	return way.Counts()
}

// expectAll says whether each event arrived once or more, always the same, and nothing else did.
func expectAll(t *testing.T, b *bus, c *commits) {
	t.Helper()
	arrived := map[string]string{}
	for _, e := range b.taken {
		id := e.detail(t).ID
		if before, ok := arrived[id]; ok && before != e.Detail {
			t.Errorf("the same id for other content: %s, %s", before, e.Detail)
		}
		arrived[id] = e.Detail
	}
	for _, e := range c.events {
		text, ok := arrived[e.Position.String()]
		if !ok {
			t.Errorf("%s@%d is lost", e.Key, e.Revision)
		} else if !strings.Contains(text, fmt.Sprintf(`"key":%q,"revision":%d,`, e.Key, e.Revision)) {
			t.Errorf("%s@%d arrived as %s", e.Key, e.Revision, text)
		}
		delete(arrived, e.Position.String())
	}
	if len(arrived) > 0 {
		t.Errorf("arrived from nowhere: %v", arrived)
	}
}
