// Package cli is the command line of an application on Aeon. The command "aeon" is that of the default application; one's own
// application has all of it, with its own views, by a main of a few lines:
//
//	func main() { cli.Main(cli.App{Name: "shop", Views: []projector.Definition{orders, customers}}) }
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/aeon-es/aeon/internal/version"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// App is an application.
type App struct {
	// Name is the command's.
	Name string
	// Short says in a line what it is.
	Short string
	// Views are its views and process managers.
	Views []projector.Definition
	// Commands, if not nil, makes the handler of its own requests, which "dev" serves below [dev.CommandsPath].
	Commands func(*store.Store) http.Handler
	// More are commands of its own beside those that there are.
	More []*cobra.Command
}

// Main runs the command line that the process was started with, and ends the process.
func Main(a App) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C doesn't wait for what the first one stops
	err := a.Command().ExecuteContext(ctx)
	stop()
	if err != nil && !errors.Is(err, context.Canceled) {
		_, _ = fmt.Fprintf(os.Stderr, "%s: %v\n", a.Name, err)
	}
	os.Exit(exitCode(err))
}

// Exit codes.
const (
	exitFailure     = 1
	exitUsage       = 2
	exitConflict    = 3 // the key is not where it was expected
	exitNotThere    = 4 // there is no such row, or it doesn't show yet what was asked for
	exitUnavailable = 5 // the database or server can't be reached, or can't do it now
	exitDamaged     = 6 // what is stored isn't as it should be
	exitInterrupted = 130
)

func exitCode(err error) int {
	var usage *usageError
	var problem *problemError
	switch {
	case err == nil:
		return 0
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.As(err, &usage), errors.Is(err, store.ErrInvalid), aboutFlags(err):
		return exitUsage
	case errors.As(err, &problem):
		return problem.exitCode()
	case errors.Is(err, store.ErrConflict):
		return exitConflict
	case errors.Is(err, store.ErrDamaged), errors.Is(err, errWrong):
		return exitDamaged
	case errors.Is(err, projector.ErrUnknownView), errors.Is(err, errNotYet):
		return exitNotThere
	case errors.Is(err, store.ErrUnavailable), errors.Is(err, store.ErrThrottled):
		return exitUnavailable
	}
	return exitFailure
}

// aboutFlags says whether an error is about flags that are missing or exclude each other, of which cobra has no type.
func aboutFlags(err error) bool {
	for _, begin := range []string{"required flag(s)", "if any flags in the group", "at least one of the flags in the group"} {
		if strings.HasPrefix(err.Error(), begin) {
			return true
		}
	}
	return false
}

// usageError says that the command line itself is wrong.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }

func (e *usageError) Unwrap() error { return e.err }

func usagef(format string, args ...any) error { return &usageError{fmt.Errorf(format, args...)} }

// run is one run of the command line.
type run struct {
	app     App
	store   string // --store
	json    bool   // --json
	verbose bool   // --verbose
	in      io.Reader
	out     io.Writer
	err     io.Writer
}

const rootLong = `

What it works on is told by --store, or by the variable AEON_STORE:

  aeon.db                          a database file (the default)
  dynamodb                         the tables of your AWS account
  dynamodb:http://127.0.0.1:8000   the tables of a DynamoDB endpoint
  https://…                        a server: "dev" somewhere, or a deployed API, whose requests are signed

Tables are named by EVENTS_TABLE, METADATA_TABLE and VIEWS_TABLE (aeon-events, aeon-metadata, aeon-views).

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 conflict, 4 not there (yet), 5 unavailable, 6 damaged, 130 interrupted.`

// Command is the command line, to be executed or to have commands of one's own added.
func (a App) Command() *cobra.Command {
	r := &run{app: a}
	root := &cobra.Command{
		Use:   a.Name,
		Short: a.Short,
		Long:  a.Short + rootLong,
		// Main reports errors; the usage is in --help, not behind every one of them.
		SilenceErrors: true,
		SilenceUsage:  true,

		SuggestionsMinimumDistance: 2,

		Version: version.Aeon(),

		Args: cobra.ArbitraryArgs,
		RunE: unknownCommand,
		PersistentPreRunE: func(c *cobra.Command, _ []string) error {
			r.in, r.out, r.err = interruptible{c.Context(), c.InOrStdin()}, c.OutOrStdout(), c.ErrOrStderr()
			return nil
		},
	}
	root.SetVersionTemplate(a.versionLine() + "\n")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{err} })
	flags := root.PersistentFlags()
	flags.StringVar(&r.store, "store", "", "what to work on: a file, dynamodb, dynamodb:URL or a server's URL (AEON_STORE; aeon.db)")
	flags.BoolVar(&r.json, "json", false, "print JSON, one object a line")
	flags.BoolVarP(&r.verbose, "verbose", "v", false, "log what it does")
	root.AddGroup(&cobra.Group{ID: "events", Title: "Events:"}, &cobra.Group{ID: "views", Title: "Views:"}, &cobra.Group{ID: "run", Title: "Running:"})
	for group, commands := range map[string][]*cobra.Command{
		"events": {
			r.appendCommand(), r.readCommand(), r.headCommand(), r.allCommand(), r.tailCommand(), r.exportCommand(), r.importCommand(),
			r.publishCommand(),
		},
		"views": {
			r.viewCommand(), r.rebuildCommand(), r.switchCommand(), r.dropCommand(), r.sweepCommand(), r.parkedCommand(), r.redriveCommand(), r.skipCommand(),
		},
		"run": {r.devCommand(), r.statusCommand(), r.verifyCommand(), r.benchCommand(), r.tablesCommand()},
	} {
		for _, c := range commands {
			c.GroupID = group
			c.Args = asUsage(c.Args)
			r.complete(c)
			root.AddCommand(c)
		}
	}
	root.SetHelpCommandGroupID("run")
	root.SetCompletionCommandGroupID("run")
	for _, c := range a.More {
		c.Args = asUsage(c.Args)
		root.AddCommand(c)
	}
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		if c.HasSubCommands() {
			c.Args, c.RunE = cobra.ArbitraryArgs, unknownCommand
		}
	}
	return root
}

// versionLine says which version it is: its own, where that isn't Aeon's, and Aeon's.
func (a App) versionLine() string {
	of := "Aeon " + version.Aeon() + ", "
	own := version.Unknown
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		own = info.Main.Version
	}
	if a.Name == "aeon" {
		of, own = "", version.Aeon()
	}
	return fmt.Sprintf("%s %s (%s%s, %s/%s)", a.Name, own, of, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// unknownCommand is what a command does that has others below it.
func unknownCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return c.Help()
	}
	hint := ""
	if like := c.SuggestionsFor(args[0]); len(like) > 0 {
		hint = fmt.Sprintf(" (%s?)", strings.Join(like, ", "))
	}
	return usagef("there is no command %q%s: see %s --help", args[0], hint, c.CommandPath())
}

// asUsage has what is wrong about the number of arguments told as wrong usage.
func asUsage(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if check == nil {
			return nil
		}
		if err := check(c, args); err != nil {
			return usagef("%w: it is %s; see %s --help", err, c.UseLine(), c.CommandPath())
		}
		return nil
	}
}
