// Command query is the Lambda function that answers queries of the view.
package main

import (
	ownviews "github.com/aeon-es/aeon/examples/own-views"
	"github.com/aeon-es/aeon/functions"
)

func main() { functions.Start(functions.Query(ownviews.Views()...)) }
