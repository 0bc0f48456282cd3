package storecheck_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aeon-es/aeon/internal/storecheck"
	"github.com/aeon-es/aeon/internal/testenv/dynamolocal"
	"github.com/aeon-es/aeon/store"
	"github.com/aeon-es/aeon/store/dynamo"
	"github.com/aeon-es/aeon/store/sqlite"
)

func TestMain(m *testing.M) { dynamolocal.Main(m) }

// backend is one that keeps an index.
type backend interface {
	store.Backend
	store.PositionIndex
}

// liar changes what a backend answers.
type liar struct {
	backend
	commits, index func([]store.Commit) []store.Commit
}

// Commits implements [store.Backend].
func (l *liar) Commits(ctx context.Context, q store.CommitQuery) (store.CommitPage, error) {
	page, err := l.backend.Commits(ctx, q)
	if l.commits != nil {
		page.Commits = l.commits(page.Commits)
	}
	return page, err
}

// ByPosition implements [store.PositionIndex].
func (l *liar) ByPosition(ctx context.Context, q store.PositionQuery) (store.CommitPage, error) {
	page, err := l.backend.ByPosition(ctx, q)
	if l.index != nil {
		page.Commits = l.index(page.Commits)
	}
	return page, err
}

func backends(t *testing.T) map[string]backend {
	t.Helper()
	file, err := sqlite.Open(sqlite.Memory)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	name := strings.ReplaceAll(t.Name(), "/", "-") + rand.Text()
	tables := dynamo.New(dynamolocal.Shared(t).Client(), dynamo.Tables{Events: name + "-events", Metadata: name + "-metadata"}, dynamo.WithSlices(4))
	if err := tables.CreateTables(t.Context()); err != nil {
		t.Fatal(err)
	}
	return map[string]backend{"file": file, "DynamoDB": tables}
}

// settled is a store to which all that was appended counts as settled.
func settled(b store.Backend) *store.Store {
	return store.New(b, store.WithClock(func() time.Time { return time.Now().Add(time.Minute) }))
}

func fill(t *testing.T, b store.Backend, keys, commits int) {
	t.Helper()
	s := store.New(b)
	for k := range keys {
		for range commits {
			events := []store.Pending{{Type: "a", Data: []byte(`{"n":1}`)}, {Type: "b", Metadata: map[string]string{"x": "y"}}}
			if _, err := s.Append(t.Context(), fmt.Sprint("key/", k), store.Any(), events, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func run(t *testing.T, b store.Backend) (storecheck.Report, []string) {
	t.Helper()
	var found []string
	r, err := storecheck.Run(t.Context(), settled(b), storecheck.Options{Found: func(f storecheck.Finding) {
		found = append(found, fmt.Sprintf("%s @ %d: %s", f.Key, f.Revision, f.Problem))
	}})
	if err != nil {
		t.Fatal(err)
	}
	if r.Found != len(found) {
		t.Errorf("%d findings were told, the report has %d", len(found), r.Found)
	}
	return r, found
}

func TestWhatIsRight(t *testing.T) {
	t.Parallel()
	for name, b := range backends(t) {
		fill(t, b, 20, 3)
		if r, found := run(t, b); r != (storecheck.Report{Keys: 20, Events: 120, Indexed: 120}) || len(found) > 0 {
			t.Errorf("%s: %+v, %v", name, r, found)
		}
	}
}

func TestWithoutIndex(t *testing.T) {
	t.Parallel()
	b := backends(t)["file"]
	fill(t, b, 2, 1)
	if r, found := run(t, struct{ store.Backend }{b}); r != (storecheck.Report{Keys: 2, Events: 4, NoIndex: true}) || len(found) > 0 {
		t.Errorf("%+v, %v", r, found)
	}
}

// Whatever is missing, doubled or changed on one side is found, and nothing else.
func TestDamage(t *testing.T) {
	t.Parallel()
	at := func(c store.Commit) bool { return c.Key == "key/7" && c.Revision == 3 }
	drop := func(page []store.Commit) []store.Commit { return slices.DeleteFunc(slices.Clone(page), at) }
	change := func(with func(c *store.Commit)) func([]store.Commit) []store.Commit {
		return func(page []store.Commit) []store.Commit {
			page = slices.Clone(page)
			for i := range page {
				if at(page[i]) && len(page[i].Events) > 0 {
					page[i].Events = slices.Clone(page[i].Events)
					with(&page[i])
				}
			}
			return page
		}
	}
	both := backends(t)
	for _, b := range both {
		fill(t, b, 20, 3)
	}
	data := change(func(c *store.Commit) { c.Events[0].Data = []byte(`{"n":2}`) })
	for name, tc := range map[string]struct {
		lie  func(*liar)
		want []string
	}{
		"not in the index": {func(l *liar) { l.index = drop }, []string{
			"key/7 @ 3: it is not in the index", "key/7 @ 4: it is not in the index",
		}},
		"otherwise in the index": {func(l *liar) { l.index = data }, []string{"key/7 @ 3: the index of positions has it otherwise"}},
		"a gap":                  {func(l *liar) { l.commits = drop }, []string{`key/7 @ 3: key "key/7": revision 2 is followed by 5`}},
		"positions go back": {func(l *liar) {
			l.commits = change(func(c *store.Commit) { c.Position = store.Position{1} })
			l.index = l.commits
		}, []string{"key/7 @ 3: its position"}},
		"only in the index": {func(l *liar) {
			l.index = change(func(c *store.Commit) { c.Key = "key/none" })
		}, []string{
			"key/7 @ 3: it is not in the index", "key/7 @ 4: it is not in the index",
			"key/none @ 3: it is in the index of positions, but not in the table", "key/none @ 4: it is in the index",
		}},
	} {
		for kind, b := range both {
			l := &liar{backend: b}
			tc.lie(l)
			_, found := run(t, l)
			slices.Sort(found)
			right := len(found) >= len(tc.want)
			for i, want := range tc.want {
				right = right && strings.HasPrefix(found[i], want)
			}
			if !right || name != "positions go back" && len(found) > len(tc.want) {
				t.Errorf("%s, %s: found %q, want %q", name, kind, found, tc.want)
			}
		}
	}
}

// Two events with one position are found by the index, in whichever slices they are.
func TestDoubledPosition(t *testing.T) {
	t.Parallel()
	b := backends(t)["DynamoDB"]
	fill(t, b, 1, 1)
	page, err := b.Commits(t.Context(), store.CommitQuery{Key: "key/0"})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 4 {
		c := page.Commits[0]
		c.Key, c.AppendID = fmt.Sprint("double/", i), fmt.Sprint(i)
		if refused, err := b.Put(t.Context(), &c, nil); err != nil || refused != nil {
			t.Fatal(refused, err)
		}
	}
	if r, found := run(t, b); r.Found != 4 || !strings.Contains(strings.Join(found, "\n"), "the commit of its position") {
		t.Errorf("%+v, %q", r, found)
	}
}

// Appends under way are no damage.
func TestLiveAppends(t *testing.T) {
	t.Parallel()
	for name, b := range backends(t) {
		fill(t, b, 20, 2)
		var appends sync.WaitGroup
		s := store.New(b)
		for w := range 3 {
			appends.Go(func() {
				for i := range 100 {
					if _, err := s.Append(t.Context(), fmt.Sprint("key/", (w+7*i)%30), store.Any(), []store.Pending{{Type: "a"}}, nil); err != nil {
						t.Error(err)
					}
				}
			})
		}
		over := make(chan struct{})
		go func() { appends.Wait(); close(over) }()
		for running := true; running; {
			select {
			case <-over:
				running = false // and once more, when all is quiet
			default:
			}
			if r, found := run(t, b); len(found) > 0 || r.Keys < 20 { // here, even what is appended just now is before the horizon
				t.Errorf("%s: %+v, %q", name, r, found)
			}
		}
	}
}
