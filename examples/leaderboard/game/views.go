package game

import (
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// Standing is a player's row in the leaderboard.
type Standing struct {
	Player string `json:"player"`
	Points int    `json:"points"`
}

// leaderboard has a row for each player, which the events of many games make: sums don't depend on which came first.
var leaderboard = projector.View[Standing]{
	Name:  "leaderboard",
	Keys:  []string{gamePrefix},
	Types: []string{"scored"},
	IDs: func(e store.Committed) []string {
		if scored, ok := decode(e).(Scored); ok {
			return []string{scored.Player}
		}
		return nil
	},
	Apply: func(row *Standing, e store.Committed) (*Standing, error) {
		event, err := codec.Decode(e)
		scored, ok := event.(Scored)
		if err != nil || !ok {
			return nil, err
		}
		if row == nil {
			row = &Standing{Player: scored.Player}
		}
		return &Standing{Player: row.Player, Points: row.Points + scored.Points}, nil
	},
	Rank: func(row Standing) string { return projector.RankIntDescending(int64(row.Points)) + row.Player },
}

// Inventory is what a player has.
type Inventory struct {
	Credits int      `json:"credits"`
	Items   []string `json:"items"`
}

// Apply is the inventory after one more event.
func (i Inventory) Apply(e store.Committed) (Inventory, error) {
	event, err := codec.Decode(e)
	switch event := event.(type) {
	case Credited:
		i.Credits += event.Amount
	case Bought:
		i.Credits -= event.Price
		i.Items = append(append([]string{}, i.Items...), event.Item)
	}
	return i, err
}

// inventory has a row for each player, of the player's own events.
var inventory = projector.View[Inventory]{
	Name: "inventory",
	Keys: []string{playerPrefix},
	Apply: func(row *Inventory, e store.Committed) (*Inventory, error) {
		if row == nil {
			row = &Inventory{Items: []string{}}
		}
		next, err := row.Apply(e)
		return &next, err
	},
}

// decode is an event, or nil for one that can't be read: it touches no row here, and the referee, which reads it too, is parked by it.
func decode(e store.Committed) Event {
	event, err := codec.Decode(e)
	if err != nil {
		return nil
	}
	return event
}

// Views are the application's views and its process manager.
func Views() []projector.Definition { return []projector.Definition{leaderboard, inventory, referee} }
