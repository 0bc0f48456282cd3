// Command aeon is Aeon on the command line: events, views and everything in one process, with the views of the default application.
package main

import (
	"github.com/spf13/cobra"

	"github.com/aeon-es/aeon/cli"
	"github.com/aeon-es/aeon/internal/defaultapp"
)

func main() {
	cli.Main(cli.App{
		Name:  "aeon",
		Short: "An event store on DynamoDB, and the platform that turns its events into read models",
		Views: defaultapp.Views(),
		More:  []*cobra.Command{initCommand()},
	})
}
