package functions

import (
	"context"
	"log/slog"
	"net/http"
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
	return appending(func(s *store.Store, log *slog.Logger) http.Handler { return api.New(s, nil, &api.Options{Log: log}) })
}

// Commands is a function of an application's own: an HTTP handler, which commands makes, that decides on events of the store and
// appends them, such as by [store.Decide]. It takes the events of an API Gateway or a function URL, and needs what [Append] needs.
func Commands(commands func(*store.Store) http.Handler) (Handler, error) {
	return appending(func(s *store.Store, _ *slog.Logger) http.Handler { return commands(s) })
}

// HTTP is a function of an application's own that serves whatever handler makes, over the store and its views. It takes the events of
// an API Gateway or a function URL, and needs EVENTS_TABLE and METADATA_TABLE, and with views VIEWS_TABLE; without views there is
// no projector. What it may do is up to its role: one that may write rows can have [projector.Projector.CatchUp] write them when they
// are asked for. With REDRIVE_QUEUE_URL that queue is told of keys that are parked so.
func HTTP(handler func(*store.Store, *projector.Projector) http.Handler, views ...projector.Definition) (Handler, error) {
	if len(views) == 0 {
		return Commands(func(s *store.Store) http.Handler { return handler(s, nil) })
	}
	var env environment
	tables, created, rows, config := env.store(), env.creation(), env.views(), env.aws()
	if err := env.err(); err != nil {
		return nil, err
	}
	client, log := dynamodb.NewFromConfig(config), newLog(os.Stdout)
	options := &projector.Options{Log: log}
	if os.Getenv("REDRIVE_QUEUE_URL") != "" {
		options.Redriver = env.queue(config)
	}
	s, m := newStore(client, tables, log, created...), newMeter(os.Stdout, log)
	p, err := projector.New(s, projectordynamo.New(client, rows), options, views...)
	if err != nil {
		return nil, err
	}
	m.ofStore(s)
	m.ofProjector(p)
	return m.metered(serving(handler(s, p))), nil
}

// appending has a handler over the store answer the events of an API Gateway or a function URL.
func appending(handler func(*store.Store, *slog.Logger) http.Handler) (Handler, error) {
	var env environment
	tables, created, client := env.store(), env.creation(), dynamodb.NewFromConfig(env.aws())
	if err := env.err(); err != nil {
		return nil, err
	}
	log := newLog(os.Stdout)
	s, m := newStore(client, tables, log, created...), newMeter(os.Stdout, log)
	m.ofStore(s)
	return m.metered(serving(handler(s, log))), nil
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
	return serving(api.New(s, p, &api.Options{Log: log})), nil
}

func newStore(client *dynamodb.Client, tables storedynamo.Tables, log *slog.Logger, o ...storedynamo.Option) *store.Store {
	return store.New(storedynamo.New(client, tables, o...), store.WithLogger(log))
}

// serving has a handler answer the events of an API Gateway or a function URL.
func serving(handler http.Handler) Handler {
	h := gateway.Handler(handler)
	return func(ctx context.Context, event []byte) ([]byte, error) { return h(ctx, event) }
}
