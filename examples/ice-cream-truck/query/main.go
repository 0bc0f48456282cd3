// Command query is the function of the query API.
package main

import (
	"github.com/aeon-es/aeon/examples/ice-cream-truck/truck"
	"github.com/aeon-es/aeon/functions"
)

func main() { functions.Start(functions.HTTP(truck.Queries, truck.Views()...)) }
