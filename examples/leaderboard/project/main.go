// Command project is the function that keeps the views up to date.
package main

import (
	"github.com/aeon-es/aeon/examples/leaderboard/game"
	"github.com/aeon-es/aeon/functions"
	"github.com/aeon-es/aeon/functions/projecting"
)

func main() { functions.Start(projecting.Project(game.Views()...)) }
