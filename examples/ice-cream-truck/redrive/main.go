// Command redrive is the function that brings trucks up to date whose events could not be folded at first.
package main

import (
	"github.com/aeon-es/aeon/examples/ice-cream-truck/truck"
	"github.com/aeon-es/aeon/functions"
	"github.com/aeon-es/aeon/functions/projecting"
)

func main() { functions.Start(projecting.Redrive(truck.Views()...)) }
