package cli

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/spf13/cobra"

	"github.com/aeon-es/aeon/dev"
)

// devFlags are the flags of "aeon dev".
type devFlags struct {
	listen   string
	db       string
	endpoint string
	origins  []string
}

func (r *run) devCommand() *cobra.Command {
	var f devFlags
	c := &cobra.Command{
		Use:   "dev",
		Short: "Run everything in one process: HTTP API, store and views",
		Long: `Run everything in one process: the HTTP API, the store, the projector that keeps the views, and a dashboard to look at all of
it. On a database file, or on DynamoDB.

It has no authentication: on a loopback address, such as the one it listens on unless told otherwise, only this machine can reach
it. On any other address there is no dashboard, and whoever can reach the API may read and append.`,
		Example: `  aeon dev                                       # on aeon.db in this folder
  aeon dev --db :memory: --listen 127.0.0.1:9000 # forgets everything when it stops
  aeon dev --dynamodb http://127.0.0.1:8000      # on the tables of DynamoDB Local, made if missing

  curl -H 'Content-Type: application/json' -d '{"events":[{"type":"incremented"}]}' http://127.0.0.1:8080/streams/c1
  curl 'http://127.0.0.1:8080/views/counters/c1?revision=1'`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := r.devStore(c, &f); err != nil {
				return err
			}
			return r.dev(c.Context(), f)
		},
	}
	c.Flags().StringVar(&f.listen, "listen", dev.DefaultListen, "address to serve on")
	c.Flags().StringVar(&f.db, "db", dev.DefaultDB, `database file, made if missing, or ":memory:"`)
	c.Flags().StringVar(&f.endpoint, "dynamodb", "", "URL of a DynamoDB endpoint to run on instead; its tables are made if missing (names: EVENTS_TABLE, METADATA_TABLE, VIEWS_TABLE)")
	c.Flags().StringSliceVar(&f.origins, "allow-origin", nil, `origin of web pages whose scripts may use the API, such as http://localhost:3000, or "*"; may be given more than once`)
	c.MarkFlagsMutuallyExclusive("db", "dynamodb")
	return c
}

// devStore has --store stand for --db or --dynamodb, if it is given.
func (r *run) devStore(c *cobra.Command, f *devFlags) error {
	if !c.Flags().Changed("store") {
		return nil
	}
	t, err := r.target()
	switch {
	case err != nil:
		return err
	case c.Flags().Changed("db") || c.Flags().Changed("dynamodb"):
		return usagef("--store says what to run on: give it without --db and --dynamodb")
	case t.server != nil:
		return usagef("--store %s is a server already: dev runs one, on a file or on dynamodb:URL", t)
	case t.dynamodb && t.endpoint == "":
		return usagef("dev runs on a DynamoDB endpoint, whose tables it makes: give dynamodb:URL")
	}
	f.db, f.endpoint = t.file, t.endpoint
	return nil
}

func (r *run) dev(ctx context.Context, f devFlags) error {
	o := dev.Options{
		Listen: f.listen, DB: f.db,
		Views: r.app.Views, Commands: r.app.Commands, AllowedOrigins: f.origins,
		Log: r.log(),
		Ready: func(address string) {
			_, _ = fmt.Fprintf(r.err, "Aeon is serving http://%s on %s. Stop it with Ctrl-C.\n%s\n", address, f.database(), beside(address))
		},
	}
	if f.endpoint != "" {
		var err error
		if o.DynamoDB, err = dynamoDB(ctx, f.endpoint); err != nil {
			return fmt.Errorf("--dynamodb: %w", err)
		}
		o.Tables = tables()
	}
	return dev.Run(ctx, o)
}

// beside says what there is at an address besides the API, or what is to be minded.
func beside(address string) string {
	if at, err := netip.ParseAddrPort(address); err == nil && at.Addr().IsLoopback() {
		return fmt.Sprintf("The dashboard is at http://%s/ in your browser.", address)
	}
	return "Mind that whoever can reach this address may read and append. The dashboard is on loopback addresses only."
}

func (f devFlags) database() string {
	if f.endpoint != "" {
		return "the tables of " + f.endpoint
	}
	if f.db == ":memory:" {
		return "memory: all is forgotten when it stops"
	}
	return f.db
}
