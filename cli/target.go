package cli

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/url"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go/logging"

	"github.com/aeon-es/aeon/dev"
	"github.com/aeon-es/aeon/internal/platform"
)

// target is what the command line works on: one of the three.
type target struct {
	file     string
	dynamodb bool
	endpoint string // of DynamoDB; empty: the account's
	server   *url.URL
}

// target reads --store, or what stands in for it.
func (r *run) target() (target, error) {
	text := cmp.Or(r.store, os.Getenv("AEON_STORE"), dev.DefaultDB)
	switch endpoint, isEndpoint := strings.CutPrefix(text, "dynamodb:"); {
	case text == "dynamodb":
		return target{dynamodb: true}, nil
	case isEndpoint:
		if _, err := parseURL(endpoint); err != nil {
			return target{}, usagef("--store %q: %w", text, err)
		}
		return target{dynamodb: true, endpoint: endpoint}, nil
	case strings.Contains(text, "://"):
		u, err := parseURL(text)
		if err != nil {
			return target{}, usagef("--store %q: %w", text, err)
		}
		return target{server: u}, nil
	}
	return target{file: text}, nil
}

// String is what is to be given as --store to mean the same.
func (t target) String() string {
	switch {
	case t.server != nil:
		return t.server.String()
	case t.endpoint != "":
		return "dynamodb:" + t.endpoint
	case t.dynamodb:
		return "dynamodb"
	}
	return t.file
}

func parseURL(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("that is no URL such as http://127.0.0.1:8000")
	}
	return u, nil
}

// open opens the database that --store names. A file has to be there, unless create says that it may be made.
func (r *run) open(ctx context.Context, create bool) (*platform.Platform, error) {
	t, err := r.target()
	if err != nil {
		return nil, err
	}
	o := platform.Options{Views: r.app.Views, Log: r.log()}
	switch {
	case t.server != nil:
		return nil, usagef("this works on the database itself: give a file or dynamodb as --store, not a server")
	case t.dynamodb:
		if o.DynamoDB, err = dynamoDB(ctx, t.endpoint); err != nil {
			return nil, err
		}
		o.Tables, o.RedriveQueue = tables(), os.Getenv("REDRIVE_QUEUE_URL")
	default:
		if o.DB = t.file; !create {
			if _, err := os.Stat(t.file); err != nil {
				return nil, usagef("there is no database %q: give --store, or append something to make it (%w)", t.file, err)
			}
		}
	}
	return platform.Open(ctx, o)
}

// tables are the names of the tables as the environment has them.
func tables() platform.Tables {
	return platform.Tables{Events: os.Getenv("EVENTS_TABLE"), Metadata: os.Getenv("METADATA_TABLE"), Views: os.Getenv("VIEWS_TABLE")}
}

// log is where reports go: to the terminal, without what is only worth knowing, unless asked for.
func (r *run) log() *slog.Logger {
	level := slog.LevelWarn
	if r.verbose {
		level = slog.LevelDebug
	}
	return slog.New(slog.NewTextHandler(r.err, &slog.HandlerOptions{Level: level}))
}

// dynamoDB is the configuration for an endpoint, or for the account if it is empty.
func dynamoDB(ctx context.Context, endpoint string) (*aws.Config, error) {
	if endpoint == "" {
		return awsConfig(ctx)
	}
	c, err := dev.Endpoint(ctx, endpoint)
	if err != nil {
		return nil, &usageError{err}
	}
	c.Logger = logging.Nop{} // what fails is told once, by whoever asked for it
	return c, nil
}

func awsConfig(ctx context.Context) (*aws.Config, error) {
	c, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, err
	}
	c.Logger = logging.Nop{} // what fails is told once, by whoever asked for it
	if c.Region == "" {
		return nil, usagef("no AWS region is set: set AWS_REGION")
	}
	return &c, nil
}
