// Command project is the Lambda function that keeps the default application's views up to date. It takes batches
// of records from the stream of the events table, and doorbells from elsewhere.
package main

import (
	"github.com/aeon-es/aeon/functions"
	"github.com/aeon-es/aeon/functions/projecting"
	"github.com/aeon-es/aeon/internal/defaultapp"
)

func main() { functions.Start(projecting.Project(defaultapp.Views()...)) }
