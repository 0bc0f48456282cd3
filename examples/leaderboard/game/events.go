// Package game is a game that many play: a leaderboard of all their points, credits for the winners, and what they buy for them.
package game

import (
	"github.com/aeon-es/aeon/store/typed"
)

// Event is what can happen in a game, or to a player.
type Event interface{ happened() }

// Scored says that a player made points in a game.
type Scored struct {
	Player string `json:"player"`
	Points int    `json:"points"`
}

// Closed says that a game is over.
type Closed struct{}

// Credited says that a player won a game, and what for.
type Credited struct {
	Game   string `json:"game"`
	Amount int    `json:"amount"`
}

// Bought says that a player spent credits.
type Bought struct {
	Item  string `json:"item"`
	Price int    `json:"price"`
}

func (Scored) happened()   {}
func (Closed) happened()   {}
func (Credited) happened() {}
func (Bought) happened()   {}

var codec = typed.MustCodec(
	typed.Type[Event, Scored]("scored"),
	typed.Type[Event, Closed]("closed"),
	typed.Type[Event, Credited]("credited"),
	typed.Type[Event, Bought]("bought"),
)

// Prize is what each winner of a game is credited.
const Prize = 10

// prices of what there is to buy.
var prices = map[string]int{"hat": 4, "cape": 7}

// Keys of games and players.
const (
	gamePrefix   = "game/"
	playerPrefix = "player/"
)
