// Command query is the function of the query API.
package main

import (
	"github.com/aeon-es/aeon/examples/leaderboard/game"
	"github.com/aeon-es/aeon/functions"
)

func main() { functions.Start(functions.HTTP(game.Queries, game.Views()...)) }
