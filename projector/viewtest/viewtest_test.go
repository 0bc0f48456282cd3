package viewtest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/projector/viewtest"
	"github.com/aeon-es/aeon/store"
)

// recording is a test that takes note of how it failed.
type recording struct {
	testing.TB
	text strings.Builder
}

func (*recording) Helper() {}

func (*recording) Context() context.Context { return context.Background() }

func (r *recording) Errorf(format string, args ...any) { fmt.Fprintf(&r.text, format+"\n", args...) }

func (r *recording) Fatal(args ...any) {
	fmt.Fprintln(&r.text, args...)
	runtime.Goexit()
}

func (r *recording) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit()
}

// failure is what a test says that fails; empty if it doesn't.
func failure(test func(t testing.TB)) string {
	r, ended := &recording{}, make(chan struct{})
	go func() {
		defer close(ended)
		test(r)
	}()
	<-ended
	return r.text.String()
}

// mustSay says whether a text has all of these parts, one behind another.
func mustSay(t *testing.T, text string, parts ...string) {
	t.Helper()
	rest := text
	for _, part := range parts {
		_, after, found := strings.Cut(rest, part)
		if !found {
			t.Fatalf("said:\n%s\nwithout %q", text, part)
		}
		rest = after
	}
}

type tally struct {
	Count int    `json:"count"`
	Last  string `json:"last,omitempty"`
	Seen  []string
	extra int
}

func counting(apply func(*tally, store.Committed) (*tally, error)) projector.View[tally] {
	return projector.View[tally]{Name: "counting", Version: 7, Types: []string{"happened"}, Apply: func(row *tally, e store.Committed) (*tally, error) {
		if row == nil {
			row = &tally{}
		}
		return apply(row, e)
	}}
}

// several are events of one key.
func several(n int) []store.Committed {
	var events []store.Committed
	for range n {
		events = append(events, viewtest.Event("a", "happened", map[string]int{"by": 1}))
	}
	return events
}

func TestViewsThatAreWrong(t *testing.T) {
	t.Parallel()
	calls := 0
	var kept *tally
	for name, tc := range map[string]struct {
		apply func(*tally, store.Committed) (*tally, error)
		says  []string
	}{
		"another answer each time": {func(row *tally, _ store.Committed) (*tally, error) {
			calls++
			row.Count = calls
			return row, nil
		}, []string{"isn't pure", `row "a" is {"count":`}},
		"a field that JSON doesn't have": {func(row *tally, _ store.Committed) (*tally, error) {
			row.extra++
			row.Count = row.extra
			return row, nil
		}, []string{"remembers what isn't in its rows' JSON", `row "a" is {"count":`, `and with each by itself {"count":1`}},
		"a row that is kept": {func(row *tally, e store.Committed) (*tally, error) {
			if e.Revision > 1 {
				row.Count = kept.Count
			}
			row.Count++
			kept = row
			return row, nil
		}, []string{"keeps a row or an event for later", `row "a" is {"count":1`, `and should be {"count":3`}},
		"an event that is modified": {func(row *tally, e store.Committed) (*tally, error) {
			e.Data[0] = ' '
			return row, nil
		}, []string{"modifies the event a@1 happened"}},
		"an error": {func(*tally, store.Committed) (*tally, error) { return nil, errors.New("no idea") }, []string{"a@1 can't be folded: error: no idea"}},
		"a panic":  {func(*tally, store.Committed) (*tally, error) { panic("oh") }, []string{"a@1 can't be folded: panic: panic: oh"}},
		"too large": {func(*tally, store.Committed) (*tally, error) {
			return &tally{Last: strings.Repeat("x", projector.MaxRow)}, nil
		}, []string{"can't be folded: row"}},
	} {
		t.Run(name, func(t *testing.T) {
			mustSay(t, failure(func(t testing.TB) { viewtest.Given(t, counting(tc.apply), several(3)...) }), tc.says...)
		})
	}
}

func TestWhatIsGiven(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		event store.Committed
		says  string
	}{
		"no JSON":       {viewtest.Event("a", "happened", "{"), "its data is no JSON: {"},
		"no value":      {viewtest.Event("a", "happened", func() {}), "its data is no JSON: json: unsupported type"},
		"no key":        {viewtest.Event("", "happened", nil), "key"},
		"no event type": {viewtest.Event("a", "", nil), "type"},
	} {
		t.Run(name, func(t *testing.T) {
			v := counting(func(row *tally, _ store.Committed) (*tally, error) { return row, nil })
			mustSay(t, failure(func(t testing.TB) { viewtest.Given(t, v, tc.event) }), "event 1", tc.says)
		})
	}
	t.Run("a view that isn't one", func(t *testing.T) {
		mustSay(t, failure(func(t testing.TB) { viewtest.Given(t, projector.View[tally]{Name: "a"}) }), "needs either Apply or ApplyTo")
	})
}

func TestExpectations(t *testing.T) {
	t.Parallel()
	v := counting(func(row *tally, e store.Committed) (*tally, error) {
		row.Count++
		row.Last = fmt.Sprint(e.Revision, " at ", e.CommittedAt.Format("15:04:05"), string(e.Data))
		return row, nil
	})
	v.Rank = func(row tally) string { return projector.RankInt(int64(row.Count)) }
	said := failure(func(t testing.TB) {
		rows := viewtest.Given(t, v,
			viewtest.Event("b", "happened", json.RawMessage(`{"a": 1}`)), viewtest.Event("b", "unwanted", []byte("7")), viewtest.Event("b", "happened", nil),
			viewtest.Event("a", "happened", []int{1}),
		)
		rows.ExpectRow("b", tally{Count: 2, Last: "3 at 00:00:03"}).ExpectRow("a", tally{Count: 1, Last: "1 at 00:00:04[1]"}).
			ExpectNoRow("c").ExpectList("a", "b")
		if row, ok := rows.Row("b"); !ok || row.Count != 2 {
			t.Errorf("row %+v", row)
		}
		if _, ok := rows.Row("c"); ok {
			t.Errorf("a row that isn't there")
		}
	})
	if said != "" {
		t.Errorf("said:\n%s", said)
	}
	said = failure(func(t testing.TB) {
		viewtest.Given(t, v, several(2)...).ExpectRow("a", tally{}).ExpectRow("c", tally{}).ExpectNoRow("a").ExpectList()
	})
	mustSay(t, said, `row "a" is {"count":2,`, `want {"count":0`, `row "c" is not there, want {`, `row "a" is {"count":2`, "want none", `the list is ["a"], want []`)
}

// last is a view of many keys whose row is what came last of them all: what comes of it depends on their order.
func last(of ...string) projector.View[tally] {
	return projector.View[tally]{
		Name: "last", IDs: func(store.Committed) []string { return []string{"row"} },
		Apply: func(row *tally, e store.Committed) (*tally, error) {
			if row == nil {
				row = &tally{}
			}
			row.Count++
			for _, kind := range of {
				if e.Type == kind {
					row.Last = e.Key
				}
			}
			return row, nil
		},
	}
}

func TestOrderMatters(t *testing.T) {
	t.Parallel()
	few := []store.Committed{
		viewtest.Event("a", "other", nil), viewtest.Event("b", "other", nil), viewtest.Event("a", "set", nil), viewtest.Event("c", "other", nil),
		viewtest.Event("b", "set", nil), viewtest.Event("c", "other", nil),
	}
	many := few
	for i := range 20 {
		many = append(many, viewtest.Event(fmt.Sprint("more", i%4), "other", nil))
	}
	for name, events := range map[string][]store.Committed{"all orders": few, "some orders": many} {
		t.Run(name, func(t *testing.T) {
			if said := failure(func(t testing.TB) { viewtest.Given(t, last(), events...) }); said != "" {
				t.Errorf("a view to which it makes no difference: %s", said)
			}
			said := failure(func(t testing.TB) { viewtest.Given(t, last("set"), events...) })
			mustSay(t, said, "which key's event comes first", `row "row" is`)
			for _, order := range []string{"\n\ta@1 other\n\tb@1 other\n\ta@2 set\n\tb@2 set\n", "\n\ta@1 other\n\tb@1 other\n\tb@2 set\n\ta@2 set\n"} {
				mustSay(t, said, "after"+order)
			}
			if strings.Contains(said, viewtest.SeedVariable) != (name == "some orders") {
				t.Errorf("the seed belongs to what is found at random:\n%s", said)
			}
		})
	}
}

type game struct {
	Points int `json:"points"`
}

func referee(react func(*game, store.Committed) []projector.Reaction) projector.React[game] {
	return projector.React[game]{Name: "referee", Keys: []string{"game/"}, Apply: func(g *game, e store.Committed) (*game, []projector.Reaction, error) {
		if g == nil {
			g = &game{}
		}
		g.Points++
		if e.Type == "closed" {
			return nil, react(g, e), nil
		}
		return g, nil, nil
	}}
}

func credit(g *game, _ store.Committed) []projector.Reaction {
	return []projector.Reaction{{Key: "player/1", Events: []store.Pending{{Type: "credited", Data: fmt.Appendf(nil, `{"points":%d}`, g.Points)}}}}
}

func TestReactions(t *testing.T) {
	t.Parallel()
	events := []store.Committed{
		viewtest.Event("game/1", "scored", nil), viewtest.Event("other", "closed", nil), viewtest.Event("game/1", "closed", nil), viewtest.Event("game/2", "scored", nil),
	}
	want := credit(&game{Points: 2}, store.Committed{})[0]
	said := failure(func(t testing.TB) {
		done := viewtest.GivenReact(t, referee(credit), events...).
			ExpectReactions(want).ExpectNoState("game/1").ExpectState("game/2", game{Points: 1})
		if all := done.All(); len(all) != 1 || all[0].Key != "player/1" {
			t.Errorf("all: %+v", all)
		}
		if state, ok := done.State("game/2"); !ok || state.Points != 1 {
			t.Errorf("state: %+v", state)
		}
	})
	if said != "" {
		t.Errorf("said:\n%s", said)
	}
	said = failure(func(t testing.TB) { viewtest.GivenReact(t, referee(credit), events...).ExpectReactions() })
	mustSay(t, said, `reaction 1 is to player/1: credited {"points":2}, want none`)
	other := want
	other.Key = "player/2"
	said = failure(func(t testing.TB) { viewtest.GivenReact(t, referee(credit), events...).ExpectReactions(want, other) })
	mustSay(t, said, `reaction 2 is not there, want to player/2: credited`)

	n := 0
	said = failure(func(t testing.TB) {
		viewtest.GivenReact(t, referee(func(*game, store.Committed) []projector.Reaction {
			n++
			return credit(&game{Points: n}, store.Committed{})
		}), events...)
	})
	mustSay(t, said, "isn't pure", "the reaction to game/1@2 closed")
	said = failure(func(t testing.TB) {
		viewtest.GivenReact(t, referee(func(*game, store.Committed) []projector.Reaction {
			return []projector.Reaction{{Key: "player/1", Events: []store.Pending{{Type: "credited", Data: []byte("{")}}}}
		}), events...)
	})
	mustSay(t, said, "game/1@2 can't be folded: reaction")
}
