// Command query is the Lambda function that reads events and the default application's views: all of the HTTP API
// that changes nothing.
package main

import (
	"github.com/aeon-es/aeon/functions"
	"github.com/aeon-es/aeon/internal/defaultapp"
)

func main() { functions.Start(functions.Query(defaultapp.Views()...)) }
