package game

import (
	"maps"
	"slices"
	"strings"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// match is what the referee remembers of a game that isn't closed.
type match struct {
	Points map[string]int `json:"points"`
}

// referee credits the winners of a game when it is closed: exactly once, whatever crashes or comes twice.
var referee = projector.React[match]{
	Name: "referee",
	Keys: []string{gamePrefix},
	Apply: func(m *match, e store.Committed) (*match, []projector.Reaction, error) {
		event, err := codec.Decode(e)
		if err != nil {
			return nil, nil, err
		}
		next := match{Points: map[string]int{}}
		if m != nil {
			maps.Copy(next.Points, m.Points)
		}
		switch event := event.(type) {
		case Scored:
			next.Points[event.Player] += event.Points
		case Closed:
			credits, err := next.credits(strings.TrimPrefix(e.Key, gamePrefix))
			return nil, credits, err
		}
		return &next, nil, nil
	},
}

// credits are the reactions to a game's end, in the order of the winners' names: the same each time.
func (m match) credits(game string) (all []projector.Reaction, err error) {
	best := 0
	for _, points := range m.Points {
		best = max(best, points)
	}
	for _, player := range slices.Sorted(maps.Keys(m.Points)) {
		if m.Points[player] < best {
			continue
		}
		events, err := codec.EncodeAll(Credited{Game: game, Amount: Prize})
		if err != nil {
			return nil, err
		}
		all = append(all, projector.Reaction{Key: playerPrefix + player, Events: events})
	}
	return all, nil
}
