// Command query is the function of the query API.
package main

import (
	"github.com/aeon-es/aeon/examples/notifications/order"
	"github.com/aeon-es/aeon/functions"
)

func main() { functions.Start(functions.HTTP(order.Queries)) }
