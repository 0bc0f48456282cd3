package projectortest

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// game is the state of the suite's process manager: who has scored how often.
type game struct {
	Scores map[string]int `json:"scores"`
}

// scored says who has scored.
type scored struct {
	Player string `json:"player"`
}

// credit is what a player gets for a game.
type credit struct {
	Points int `json:"points"`
}

// referee credits all players when a game is closed.
func referee(name, prefix string) projector.React[game] {
	return projector.React[game]{
		Name: name, Keys: []string{prefix + "game/"}, Types: []string{"scored", "closed"},
		Apply: func(g *game, e store.Committed) (*game, []projector.Reaction, error) {
			if g == nil {
				g = &game{Scores: map[string]int{}}
			}
			if e.Type == "scored" {
				var s scored
				if err := json.Unmarshal(e.Data, &s); err != nil {
					return nil, nil, err
				}
				g.Scores[s.Player]++
				return g, nil, nil
			}
			var credits []projector.Reaction
			players := make([]string, 0, len(g.Scores))
			for player := range g.Scores {
				players = append(players, player)
			}
			slices.Sort(players)
			for _, player := range players {
				data, err := json.Marshal(credit{Points: g.Scores[player]})
				if err != nil {
					return nil, nil, err
				}
				credits = append(credits, projector.Reaction{
					Key: prefix + "player/" + player, Events: []store.Pending{{Type: "credited", Data: data}},
				})
			}
			return nil, credits, nil
		},
	}
}

// games are played under keys of a test's own.
type games struct {
	*bundle
	view, prefix string
	rung         []projector.Doorbell
	want         map[string]int
}

func newGames(t *testing.T, b *bundle) *games {
	t.Helper()
	return &games{bundle: b, view: viewName(t), prefix: t.Name() + "/", want: map[string]int{}}
}

func (g *games) projector(t *testing.T, rows projector.Backend, d projector.Definition) *projector.Projector {
	t.Helper()
	p, err := projector.New(g.store, rows, nil, d)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// play appends a game's events, in several commits.
func (g *games) play(t *testing.T, name string, players ...string) {
	t.Helper()
	key := g.prefix + "game/" + name
	for i, player := range players {
		data, err := json.Marshal(scored{Player: player})
		if err != nil {
			t.Fatal(err)
		}
		events := []store.Pending{{Type: "scored", Data: data}}
		if g.want[player]++; i == len(players)-1 {
			events = append(events, store.Pending{Type: "closed", CorrelationID: "game " + name})
		}
		a, err := g.store.Append(t.Context(), key, store.Any(), events, nil)
		if err != nil {
			t.Fatal(err)
		}
		g.rung = append(g.rung, bell(&store.Commit{Key: key, Revision: a.First, Events: events, Count: a.Count}))
	}
}

// credited are the events of a player.
func (g *games) credited(t *testing.T, player string) []store.Committed {
	t.Helper()
	var events []store.Committed
	for e, err := range g.store.Read(t.Context(), g.prefix+"player/"+player, store.Range{}) {
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, e)
	}
	return events
}

// expectCredits compares the points of all players, and that each game credited each once.
func (g *games) expectCredits(t *testing.T) {
	t.Helper()
	for player, want := range g.want {
		points, from := 0, map[string]bool{}
		for _, e := range g.credited(t, player) {
			var c credit
			if err := json.Unmarshal(e.Data, &c); err != nil {
				t.Fatal(err)
			}
			points += c.Points
			source := e.Metadata[projector.CausationKey]
			if from[source] {
				t.Errorf("%s was credited twice for %s", player, source)
			}
			from[source] = true
		}
		if points != want {
			t.Errorf("%s has %d points, want %d", player, points, want)
		}
	}
}
