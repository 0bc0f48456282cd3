package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/smithy-go/logging"
	"github.com/spf13/cobra"

	"github.com/aeon-es/aeon/dev"
	"github.com/aeon-es/aeon/internal/defaultapp"
)

// devFlags are the flags of "aeon dev".
type devFlags struct {
	listen   string
	db       string
	endpoint string
	verbose  bool
}

func devCommand() *cobra.Command {
	var f devFlags
	c := &cobra.Command{
		Use:   "dev",
		Short: "Run everything in one process: HTTP API, store and views",
		Long: `Run everything in one process: the HTTP API, the store, and the projector that keeps the
views "counters" and "streams". On a database file, or on DynamoDB.`,
		Example: `  aeon dev                                       # on aeon.db in this folder
  aeon dev --db :memory: --listen 127.0.0.1:9000 # forgets everything when it stops
  aeon dev --dynamodb http://127.0.0.1:8000      # on the tables of DynamoDB Local, made if missing

  curl -H 'Content-Type: application/json' -d '{"events":[{"type":"incremented"}]}' http://127.0.0.1:8080/streams/c1
  curl 'http://127.0.0.1:8080/views/counters/c1?revision=1'`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return runDev(c.Context(), f, c.ErrOrStderr()) },
	}
	c.Flags().StringVar(&f.listen, "listen", dev.DefaultListen, "address to serve on")
	c.Flags().StringVar(&f.db, "db", dev.DefaultDB, `database file, made if missing, or ":memory:"`)
	c.Flags().StringVar(&f.endpoint, "dynamodb", "", "URL of a DynamoDB endpoint to run on instead; its tables are made if missing (names: EVENTS_TABLE, METADATA_TABLE, VIEWS_TABLE)")
	c.Flags().BoolVarP(&f.verbose, "verbose", "v", false, "log every request")
	c.MarkFlagsMutuallyExclusive("db", "dynamodb")
	return c
}

func runDev(ctx context.Context, f devFlags, out io.Writer) error {
	level := slog.LevelWarn
	if f.verbose {
		level = slog.LevelInfo
	}
	o := dev.Options{
		Listen: f.listen, DB: f.db,
		Views: defaultapp.Views(),
		Log:   slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{Level: level})),
		Ready: func(address string) {
			_, _ = fmt.Fprintf(out, "Aeon is serving http://%s on %s. Stop it with Ctrl-C.\n", address, f.database())
		},
	}
	if f.endpoint != "" {
		var err error
		if o.DynamoDB, err = dynamoDB(ctx, f.endpoint); err != nil {
			return err
		}
		o.Tables = dev.Tables{
			Events: os.Getenv("EVENTS_TABLE"), Metadata: os.Getenv("METADATA_TABLE"), Views: os.Getenv("VIEWS_TABLE"),
		}
	}
	return dev.Run(ctx, o)
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

// dynamoDB is the configuration for an endpoint. One on this machine, as DynamoDB Local is, takes any
// credentials, and gets some where there are none.
func dynamoDB(ctx context.Context, endpoint string) (*aws.Config, error) {
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, fmt.Errorf("--dynamodb %q is no URL such as http://127.0.0.1:8000", endpoint)
	}
	options := []func(*config.LoadOptions) error{
		config.WithBaseEndpoint(endpoint),
		config.WithLogger(logging.Nop{}), // the SDK warns of what is no matter, such as answers of DynamoDB Local without a checksum
	}
	if os.Getenv("AWS_REGION") == "" && os.Getenv("AWS_DEFAULT_REGION") == "" && local(u.Hostname()) {
		options = append(options, config.WithRegion("us-east-1"))
	}
	if os.Getenv("AWS_ACCESS_KEY_ID") == "" && os.Getenv("AWS_PROFILE") == "" && local(u.Hostname()) {
		options = append(options, config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider("local", "local", "")))
	}
	c, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return nil, fmt.Errorf("AWS configuration: %w", err)
	}
	if c.Region == "" {
		return nil, errors.New("no AWS region is set: set AWS_REGION")
	}
	return &c, nil
}

func local(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
