// Command publish is the function that puts every event on the event bus.
package main

import (
	"github.com/aeon-es/aeon/functions"
	"github.com/aeon-es/aeon/functions/publishing"
)

func main() { functions.Start(publishing.Publish()) }
