package functions

import (
	"context"
	"log/slog"
	"os"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/aeon-es/aeon/api"
	"github.com/aeon-es/aeon/api/gateway"
	"github.com/aeon-es/aeon/projector"
	projectordynamo "github.com/aeon-es/aeon/projector/dynamo"
	"github.com/aeon-es/aeon/store"
	storedynamo "github.com/aeon-es/aeon/store/dynamo"
)

// Append is the function that appends events: POST /streams/{key} of the HTTP API. It needs EVENTS_TABLE and
// METADATA_TABLE. SLICES and POSITION_INDEX say how a new store is created.
func Append() (Handler, error) {
	var env environment
	tables, created, client := env.store(), env.creation(), dynamodb.NewFromConfig(env.aws())
	if err := env.err(); err != nil {
		return nil, err
	}
	log := newLog(os.Stdout)
	s, m := newStore(client, tables, log, created...), newMeter(os.Stdout, log)
	m.ofStore(s)
	return m.metered(serve(s, nil, log)), nil
}

// Query is the function that reads: all of the HTTP API that changes nothing. It needs EVENTS_TABLE, METADATA_TABLE and
// VIEWS_TABLE. The views are those of [Project].
func Query(views ...projector.Definition) (Handler, error) {
	var env environment
	tables, rows, client := env.store(), env.views(), dynamodb.NewFromConfig(env.aws())
	if err := env.err(); err != nil {
		return nil, err
	}
	log := newLog(os.Stdout)
	s := newStore(client, tables, log)
	p, err := projector.New(s, projectordynamo.New(client, rows), &projector.Options{Log: log}, views...)
	if err != nil {
		return nil, err
	}
	return serve(s, p, log), nil
}

func newStore(client *dynamodb.Client, tables storedynamo.Tables, log *slog.Logger, o ...storedynamo.Option) *store.Store {
	return store.New(storedynamo.New(client, tables, o...), store.WithLogger(log))
}

// serve has the HTTP API answer the events of an API Gateway or a function URL.
func serve(s *store.Store, p *projector.Projector, log *slog.Logger) Handler {
	h := gateway.Handler(api.New(s, p, &api.Options{Log: log}))
	return func(ctx context.Context, event []byte) ([]byte, error) { return h(ctx, event) }
}
