package dev

import (
	"net/http"
	"strings"

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
