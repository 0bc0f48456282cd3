// Command redrive is the Lambda function that brings the view up to date with keys that were parked.
package main

import (
	ownviews "github.com/aeon-es/aeon/examples/own-views"
	"github.com/aeon-es/aeon/functions"
	"github.com/aeon-es/aeon/functions/projecting"
)

func main() { functions.Start(projecting.Redrive(ownviews.Views()...)) }
