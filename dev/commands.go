package dev

import (
	"net/http"
	"slices"
	"strings"

	"github.com/aeon-es/aeon/internal/platform"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// CommandsPath is where an application's own commands are served.
const CommandsPath = "/commands/"

// withCommands serves the application's commands beside the HTTP API.
func withCommands(api http.Handler, s *store.Store, commands func(*store.Store) http.Handler) http.Handler {
	if commands == nil {
		return api
	}
	own := commands(s)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, CommandsPath) {
			own.ServeHTTP(w, r)
			return
		}
		api.ServeHTTP(w, r)
	})
}

// ofAPI are the first segments of the paths that the HTTP API and the dashboard have.
var ofAPI = []string{"streams", "events", "views", "health", "openapi.yaml", "dev"}

// withHandler serves what is not the HTTP API's by the application's own handler.
func withHandler(api http.Handler, p *platform.Platform, handler func(*store.Store, *projector.Projector) http.Handler) http.Handler {
	if handler == nil {
		return api
	}
	own := handler(p.Store, p.Projector)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		first, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		if slices.Contains(ofAPI, first) {
			api.ServeHTTP(w, r)
			return
		}
		own.ServeHTTP(w, r)
	})
}
