// Command query is the function of the query API: the only one that writes rows.
package main

import (
	"github.com/aeon-es/aeon/examples/counter-cqrs-lazy/counter"
	"github.com/aeon-es/aeon/functions"
	"github.com/aeon-es/aeon/functions/projecting"
)

func main() { functions.Start(projecting.HTTP(counter.Queries, counter.Views()...)) }
