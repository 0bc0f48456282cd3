package dev

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"os"
	"os/signal"
	"syscall"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

// Main runs an application as the flags --listen, --db and --dynamodb say, whose defaults are those of o, until it is told to stop,
// and ends the process:
//
//	func main() { dev.Main(dev.Options{Views: shop.Views(), Handler: shop.Handler}) }
func Main(o Options) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := runMain(ctx, o, os.Args[1:], os.Stderr)
	stop()
	if errors.Is(err, flag.ErrHelp) {
		os.Exit(0)
	}
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func runMain(ctx context.Context, o Options, args []string, out io.Writer) error {
	if o.Listen == "" {
		o.Listen = DefaultListen
	}
	if o.DB == "" {
		o.DB = DefaultDB
	}
	flags := flag.NewFlagSet("", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.StringVar(&o.Listen, "listen", o.Listen, "`address` to serve on")
	flags.StringVar(&o.DB, "db", o.DB, "database `file`, made if missing, or \":memory:\"")
	endpoint := flags.String("dynamodb", "", "`URL` of a DynamoDB endpoint to run on instead; its tables are made if missing")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%q is no flag: see --help", flags.Arg(0))
	}
	on := o.DB
	if *endpoint != "" {
		var err error
		if o.DynamoDB, err = Endpoint(ctx, *endpoint); err != nil {
			return fmt.Errorf("--dynamodb: %w", err)
		}
		on = "the tables of " + *endpoint
	}
	if o.Log == nil {
		o.Log = slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{Level: slog.LevelWarn}))
	}
	if o.Ready == nil {
		o.Ready = func(address string) {
			_, _ = fmt.Fprintf(out, "Serving http://%s on %s. Stop it with Ctrl-C.\n", address, on)
		}
	}
	return Run(ctx, o)
}

// Endpoint is the configuration for a DynamoDB endpoint, such as http://127.0.0.1:8000. One on this machine, as DynamoDB Local is, takes
// any region and credentials, and gets some where the environment has none. Errors say what is wrong with the URL, or what is missing.
func Endpoint(ctx context.Context, endpoint string) (*aws.Config, error) {
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("%q is no URL such as http://127.0.0.1:8000", endpoint)
	}
	options := []func(*config.LoadOptions) error{config.WithBaseEndpoint(endpoint)}
	if os.Getenv("AWS_REGION") == "" && os.Getenv("AWS_DEFAULT_REGION") == "" && local(u.Hostname()) {
		options = append(options, config.WithRegion("us-east-1"))
	}
	if os.Getenv("AWS_ACCESS_KEY_ID") == "" && os.Getenv("AWS_PROFILE") == "" && local(u.Hostname()) {
		options = append(options, config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider("local", "local", "")))
	}
	c, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return nil, err
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
