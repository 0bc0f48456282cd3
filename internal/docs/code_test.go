package docs_test

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"

	"github.com/aeon-es/aeon/cli"
	ownviews "github.com/aeon-es/aeon/examples/own-views"
	"github.com/aeon-es/aeon/publish"
	"github.com/aeon-es/aeon/store"
	"github.com/aeon-es/aeon/store/dynamo"
)

// What pages show and nothing runs, since it takes AWS: that it compiles is what is held.

var _ = func(ctx context.Context, client *dynamodb.Client) error {
	s := store.New(dynamo.New(client, dynamo.Tables{Events: "events", Metadata: "metadata"}))

	head, events, err := s.ReadForAppend(ctx, "counter/1", store.Range{})
	if err != nil {
		return err
	}
	_ = events
	done, err := s.Append(ctx, "counter/1", store.At(head), []store.Pending{{Type: "incremented"}}, nil)
	_ = done
	return err
}

var _ = func(ctx context.Context, config aws.Config, s *store.Store, from store.Position, save func(store.Position) error) error {
	p, err := publish.New(eventbridge.NewFromConfig(config), "aeon", nil)
	if err != nil {
		return err
	}
	err = p.Replay(ctx, s, store.AllRange{Start: from, StartExclusive: true, KeyPrefix: "order/"}, func(reached store.Position) error {
		return save(reached)
	})
	return err
}

var _ = func() {
	cli.Main(cli.App{Name: "own", Views: ownviews.Views()})
}
