// Command redrive is the Lambda function that brings the default application's views up to date with keys that were
// parked. It takes batches of messages from the redrive queue.
package main

import (
	"github.com/aeon-es/aeon/functions"
	"github.com/aeon-es/aeon/functions/projecting"
	"github.com/aeon-es/aeon/internal/defaultapp"
)

func main() { functions.Start(projecting.Redrive(defaultapp.Views()...)) }
