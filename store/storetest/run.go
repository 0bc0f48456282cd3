package storetest

import (
	"flag"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aeon-es/aeon/store"
)

// Run runs the suite. It calls open once for each group of stories; what it opens may be shared
// with other tests, as long as nobody else uses keys that begin with the name of t.
func Run(t *testing.T, open func(t *testing.T) store.Backend) {
	t.Helper()
	if err := flag.Set("rapid.nofailfile", "true"); err != nil { // the seed that it prints is enough
		t.Fatal(err)
	}
	for _, g := range groups {
		t.Run(g.name, func(t *testing.T) {
			backend := open(t)
			for _, s := range g.stories {
				t.Run(s.name, func(t *testing.T) { s.tell(t, newEnv(t, backend)) })
			}
		})
	}
}

// group is stories about the same thing.
type group struct {
	name    string
	stories []story
}

type story struct {
	name string
	tell func(*testing.T, *env)
}

var groups = []group{
	{"append", appendStories},
	{"expectations", expectationStories},
	{"concurrency", concurrencyStories},
	{"idempotency", idempotencyStories},
	{"data", dataStories},
	{"invalid", invalidStories},
	{"limits", limitStories},
	{"ranges", rangeStories},
	{"ranges by position", byPositionStories},
	{"pages", pageStories},
	{"heads", headStories},
	{"faults", faultStories},
	{"contract", contractStories},
	{"model", modelStories},
	{"many", manyStories},
	{"all keys", allStories},
	{"list of keys", keyStories},
	{"decisions", decideStories},
	{"copies", restoreStories},
}

// env is what a story has to itself.
type env struct {
	backend store.Backend
	store   *store.Store // remembers nothing yet
	key     string       // has no events yet
}

var runs atomic.Int64

func newEnv(t *testing.T, b store.Backend) *env {
	e := &env{backend: b, key: newKey(t)}
	e.store = e.another()
	return e
}

// newKey is a key that nobody has used.
func newKey(t *testing.T) string {
	return fmt.Sprintf("%s/%d", strings.ReplaceAll(t.Name(), " ", "_"), runs.Add(1))
}

// another is a store of its own on the same backend, as another process has it.
func (e *env) another(opts ...store.Option) *store.Store { return newStore(e.backend, opts...) }

// newStore is a store that logs nothing: the stories are about broken clocks and worse.
func newStore(b store.Backend, opts ...store.Option) *store.Store {
	return store.New(b, append([]store.Option{store.WithLogger(slog.New(slog.DiscardHandler))}, opts...)...)
}
