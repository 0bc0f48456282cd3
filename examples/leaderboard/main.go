// Command leaderboard runs the example on one machine, with a page to try it: go run ./examples/leaderboard
package main

import (
	_ "embed"
	"html/template"
	"net/http"

	"github.com/aeon-es/aeon/dev"
	"github.com/aeon-es/aeon/examples/internal/page"
	"github.com/aeon-es/aeon/examples/leaderboard/game"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

//go:embed page.html
var body template.HTML

func main() {
	dev.Main(dev.Options{DB: ":memory:", Views: game.Views(), Handler: func(s *store.Store, p *projector.Projector) http.Handler {
		mux, queries := http.NewServeMux(), game.Queries(s, p)
		mux.Handle("GET /", page.Handler(page.Page{
			Title: "leaderboard", Idea: "Many games into one ranked view, and a process manager that credits the winners exactly once.", Body: body,
		}))
		mux.Handle("POST /", game.Commands(s))
		mux.Handle("GET /leaderboard", queries)
		mux.Handle("GET /players/", queries)
		return mux
	}})
}
