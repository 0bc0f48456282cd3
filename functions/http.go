package functions

import (
	"log/slog"
	"net/http"
	"os"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/aeon-es/aeon/api"
	"github.com/aeon-es/aeon/internal/function"
	"github.com/aeon-es/aeon/projector"
	projectordynamo "github.com/aeon-es/aeon/projector/dynamo"
	"github.com/aeon-es/aeon/store"
)

// Append is the function that appends events: POST /streams/{key} of the HTTP API. It needs EVENTS_TABLE and
// METADATA_TABLE. SLICES and POSITION_INDEX say how a new store is created.
func Append() (Handler, error) {
	var env function.Environment
	origins := env.AllowedOrigins()
	return function.Appending(&env, func(s *store.Store, log *slog.Logger) http.Handler {
		return api.New(s, nil, &api.Options{Log: log, AllowedOrigins: origins})
	})
}

// Commands is a function of an application's own: an HTTP handler, which commands makes, that decides on events of the store and
// appends them, such as by [store.Decide]. It takes the events of an API Gateway or a function URL, and needs what [Append] needs.
func Commands(commands func(*store.Store) http.Handler) (Handler, error) {
	return function.Appending(&function.Environment{}, func(s *store.Store, _ *slog.Logger) http.Handler { return commands(s) })
}

// HTTP is a function of an application's own that serves whatever handler makes, over the store and its views. It takes the events of
// an API Gateway or a function URL, and needs EVENTS_TABLE and METADATA_TABLE, and with views VIEWS_TABLE; without views there is
// no projector. What it may do is up to its role. For a handler that itself brings views up to date there is projecting.HTTP.
func HTTP(handler func(*store.Store, *projector.Projector) http.Handler, views ...projector.Definition) (Handler, error) {
	return function.HTTP(handler, nil, views)
}

// Query is the function that reads: all of the HTTP API that changes nothing. It needs EVENTS_TABLE, METADATA_TABLE and
// VIEWS_TABLE. The views are those of projecting.Project.
func Query(views ...projector.Definition) (Handler, error) {
	var env function.Environment
	tables, rows, origins, client := env.Store(), env.Views(), env.AllowedOrigins(), dynamodb.NewFromConfig(env.AWS())
	if err := env.Err(); err != nil {
		return nil, err
	}
	log := function.NewLog(os.Stdout)
	s := function.NewStore(client, tables, log)
	p, err := projector.New(s, projectordynamo.New(client, rows), &projector.Options{Log: log}, views...)
	if err != nil {
		return nil, err
	}
	return function.Serving(api.New(s, p, &api.Options{Log: log, AllowedOrigins: origins})), nil
}
