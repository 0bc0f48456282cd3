// Command publish is the Lambda function that publishes events to EventBridge. It takes batches of records from the
// stream of the events table.
package main

import (
	"github.com/aeon-es/aeon/functions"
	"github.com/aeon-es/aeon/functions/publishing"
)

func main() { functions.Start(publishing.Publish()) }
