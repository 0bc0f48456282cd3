// Command command is the function of the command API.
package main

import (
	"github.com/aeon-es/aeon/examples/notifications/order"
	"github.com/aeon-es/aeon/functions"
)

func main() { functions.Start(functions.Commands(order.Commands)) }
