// Command redrive is the function that brings counters up to date whose events could not be folded at first.
package main

import (
	"github.com/aeon-es/aeon/examples/counter-cqrs/counter"
	"github.com/aeon-es/aeon/functions"
	"github.com/aeon-es/aeon/functions/projecting"
)

func main() { functions.Start(projecting.Redrive(counter.Views()...)) }
