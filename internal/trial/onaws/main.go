// Command onaws puts a load on a store that is deployed on AWS, and says whether its views come to be exactly what the
// store's events make. It takes the names of the tables from EVENTS_TABLE, METADATA_TABLE and VIEWS_TABLE, and all else as the AWS
// CLI does. Its keys are new ones, beginning with "trial/"; nothing else is touched, and they stay.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/aeon-es/aeon/internal/defaultapp"
	"github.com/aeon-es/aeon/internal/trial"
	"github.com/aeon-es/aeon/projector"
	projectordynamo "github.com/aeon-es/aeon/projector/dynamo"
	"github.com/aeon-es/aeon/store"
	storedynamo "github.com/aeon-es/aeon/store/dynamo"
)

func main() {
	commits := flag.Int("commits", 1000, "how many commits to append")
	keys := flag.Int("keys", 40, "to how many keys")
	patience := flag.Duration("wait", 5*time.Minute, "how long the views may take from then on")
	flag.Parse()
	if err := run(context.Background(), *commits, *keys, *patience); err != nil {
		fmt.Fprintln(os.Stderr, "trial:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, commits, keys int, patience time.Duration) error {
	s, p, err := open(ctx)
	if err != nil {
		return err
	}
	began := time.Now()
	load := trial.NewLoad(s, fmt.Sprintf("trial/%d/", began.UnixMilli()))
	if err := load.Append(ctx, commits, keys, uint64(began.UnixNano())); err != nil {
		return err
	}
	appended := time.Now()
	fmt.Printf("appended %d commits to %d keys in %s\n", commits, len(load.Keys()), appended.Sub(began).Round(time.Millisecond))
	for {
		report, err := load.Check(ctx, p)
		if err != nil {
			return err
		}
		if len(report.Differences) == 0 {
			fmt.Printf("the views are exact %s later\n", time.Since(appended).Round(time.Millisecond))
			return nil
		}
		if time.Since(appended) > patience {
			for _, d := range report.Differences {
				fmt.Println(d)
			}
			return fmt.Errorf("%d differences after %s", len(report.Differences), patience)
		}
		time.Sleep(time.Second)
	}
}

// open opens the store and its views.
func open(ctx context.Context) (*store.Store, *projector.Projector, error) {
	for _, name := range []string{"EVENTS_TABLE", "METADATA_TABLE", "VIEWS_TABLE"} {
		if os.Getenv(name) == "" {
			return nil, nil, fmt.Errorf("%s is not set: it names a table of the stack, see its outputs", name)
		}
	}
	c, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, nil, err
	}
	client := dynamodb.NewFromConfig(c)
	s := store.New(storedynamo.New(client, storedynamo.Tables{Events: os.Getenv("EVENTS_TABLE"), Metadata: os.Getenv("METADATA_TABLE")}))
	rows := projectordynamo.New(client, os.Getenv("VIEWS_TABLE"))
	p, err := projector.New(s, rows, &projector.Options{Log: slog.New(slog.DiscardHandler)}, defaultapp.Views()...)
	return s, p, err
}
