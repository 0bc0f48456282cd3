package cli

import (
	"github.com/spf13/cobra"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// completeViews completes the names of views, where the argument at that place is one: at -1 all of them are.
func (r *run) completeViews(at int) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if at >= 0 && len(args) != at {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		p, err := projector.New(store.New(nil), nil, nil, r.app.Views...) // it is asked for names only
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		return p.Views(), cobra.ShellCompDirectiveNoFileComp
	}
}

// complete says how the arguments of the commands are completed.
func (r *run) complete(c *cobra.Command) {
	switch c.Name() {
	case "view", "rebuild", "switch", "drop", "parked", "redrive", "skip":
		c.ValidArgsFunction = r.completeViews(0)
	case "sweep", "verify":
		c.ValidArgsFunction = r.completeViews(-1)
	case "export", "import": // files
	default:
		c.ValidArgsFunction = cobra.NoFileCompletions
	}
}
