// Command project is the Lambda function that keeps the view up to date, by the news that arrive in its queue.
package main

import (
	ownviews "github.com/aeon-es/aeon/examples/own-views"
	"github.com/aeon-es/aeon/functions"
	"github.com/aeon-es/aeon/functions/projecting"
)

func main() { functions.Start(projecting.Project(ownviews.Views()...)) }
