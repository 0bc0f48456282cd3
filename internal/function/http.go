package function

import (
	"context"
	"log/slog"
	"net/http"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/aeon-es/aeon/api/gateway"
	"github.com/aeon-es/aeon/projector"
	projectordynamo "github.com/aeon-es/aeon/projector/dynamo"
	"github.com/aeon-es/aeon/store"
)

// Appending has a handler over the store answer the events of an API Gateway or a function URL. What it learns from the environment
// itself, env may have learned before.
func Appending(env *Environment, handler func(*store.Store, *slog.Logger) http.Handler) (Handler, error) {
	tables, created, client := env.Store(), env.Creation(), dynamodb.NewFromConfig(env.AWS())
	if err := env.Err(); err != nil {
		return nil, err
	}
	log := NewLog(os.Stdout)
	s, m := NewStore(client, tables, log, created...), NewMeter(os.Stdout, log)
	m.OfStore(s)
	return m.Metered(Serving(handler(s, log))), nil
}

// HTTP does so with a handler over the store and its views. What parks a key tells the redriver, if there is one.
func HTTP(
	handler func(*store.Store, *projector.Projector) http.Handler, redriver func(aws.Config) projector.Redriver, views []projector.Definition,
) (Handler, error) {
	if len(views) == 0 {
		return Appending(&Environment{}, func(s *store.Store, _ *slog.Logger) http.Handler { return handler(s, nil) })
	}
	var env Environment
	tables, created, rows, config := env.Store(), env.Creation(), env.Views(), env.AWS()
	if err := env.Err(); err != nil {
		return nil, err
	}
	client, log := dynamodb.NewFromConfig(config), NewLog(os.Stdout)
	options := &projector.Options{Log: log}
	if redriver != nil {
		options.Redriver = redriver(config)
	}
	s, m := NewStore(client, tables, log, created...), NewMeter(os.Stdout, log)
	p, err := projector.New(s, projectordynamo.New(client, rows), options, views...)
	if err != nil {
		return nil, err
	}
	m.OfStore(s)
	m.OfProjector(p)
	return m.Metered(Serving(handler(s, p))), nil
}

// Serving has a handler answer the events of an API Gateway or a function URL.
func Serving(handler http.Handler) Handler {
	h := gateway.Handler(handler)
	return func(ctx context.Context, event []byte) ([]byte, error) { return h(ctx, event) }
}
