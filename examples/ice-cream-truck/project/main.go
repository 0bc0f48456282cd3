// Command project is the function that keeps the read model up to date.
package main

import (
	"github.com/aeon-es/aeon/examples/ice-cream-truck/truck"
	"github.com/aeon-es/aeon/functions"
	"github.com/aeon-es/aeon/functions/projecting"
)

func main() { functions.Start(projecting.Project(truck.Views()...)) }
