package viewtest

import (
	"encoding/json"
	"testing"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// Reactions are what a process manager has done about events.
type Reactions[State any] struct {
	t    testing.TB
	name string
	all  []projector.Reaction
	outcome
}

// GivenReact is [Given] for a process manager. What it reacts with is appended, in memory, so that it fails the test where that can't
// be; those appends lead to no other reactions.
func GivenReact[State any](t testing.TB, m projector.React[State], events ...store.Committed) *Reactions[State] {
	t.Helper()
	s, stored := given(t, events)
	r := &trial{t: t, view: m.Name, store: s, events: stored, define: func(p *probe) projector.Definition {
		probed := m
		probed.Version = version
		if m.Apply != nil {
			probed.Apply = func(state *State, e store.Committed) (_ *State, reactions []projector.Reaction, _ error) {
				state, err := apply(p, state, e, func(state *State, e store.Committed) (next *State, err error) {
					next, reactions, err = m.Apply(state, e)
					return next, err
				})
				if len(reactions) > 0 {
					p.reacted(e, reactions)
				}
				return state, reactions, err
			}
		}
		return probed
	}}
	all := &Reactions[State]{t: t, name: m.Name, outcome: r.check(false)}
	for _, e := range stored {
		all.all = append(all.all, all.reactions[name(e)]...)
	}
	return all
}

// State is the state of a key; false if there is none.
func (r *Reactions[State]) State(key string) (state State, ok bool) {
	r.t.Helper()
	return rowOf[State](r.t, r.outcome, r.name, key)
}

// ExpectState fails the test if the state of a key is anything else than want, compared by their JSON.
func (r *Reactions[State]) ExpectState(key string, want State) *Reactions[State] {
	r.t.Helper()
	expectRow(r.t, r.outcome, r.name, key, want)
	return r
}

// ExpectNoState fails the test if a key has a state.
func (r *Reactions[State]) ExpectNoState(key string) *Reactions[State] {
	r.t.Helper()
	expectNoRow(r.t, r.outcome, r.name, key)
	return r
}

// All are the reactions, in the order of the events given.
func (r *Reactions[State]) All() []projector.Reaction { return r.all }

// ExpectReactions fails the test if the reactions are anything else than these, in the order of the events given.
func (r *Reactions[State]) ExpectReactions(want ...projector.Reaction) *Reactions[State] {
	r.t.Helper()
	for i := range max(len(want), len(r.all)) {
		got, expected := "not there", "none"
		if i < len(r.all) {
			got = encoded(r.all[i])
		}
		if i < len(want) {
			expected = encoded(want[i])
		}
		if got != expected {
			r.t.Errorf("reaction %d is %s, want %s", i+1, got, expected)
		}
	}
	return r
}

// encoded is a reaction in words.
func encoded(r projector.Reaction) string {
	text := "to " + r.Key + ":"
	for _, e := range r.Events {
		text += " " + e.Type
		if len(e.Data) > 0 {
			text += " " + string(e.Data)
		}
		if e.CorrelationID != "" {
			text += " of " + e.CorrelationID
		}
		if len(e.Metadata) > 0 {
			metadata, _ := json.Marshal(e.Metadata) //nolint:errchkjson // strings
			text += " with " + string(metadata)
		}
	}
	return text
}
