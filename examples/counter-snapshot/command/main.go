// Command command is the function of the command API.
package main

import (
	"github.com/aeon-es/aeon/examples/counter-snapshot/counter"
	"github.com/aeon-es/aeon/functions"
)

func main() { functions.Start(functions.Commands(counter.Commands)) }
