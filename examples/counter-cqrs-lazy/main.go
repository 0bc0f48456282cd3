// Command counter-cqrs-lazy runs the example on one machine, with a page to try it: go run ./examples/counter-cqrs-lazy
package main

import (
	_ "embed"
	"html/template"
	"net/http"

	"github.com/aeon-es/aeon/dev"
	"github.com/aeon-es/aeon/examples/counter-cqrs-lazy/counter"
	"github.com/aeon-es/aeon/examples/internal/page"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

//go:embed page.html
var body template.HTML

func main() {
	dev.Main(dev.Options{DB: ":memory:", Views: counter.Views(), Manual: true, Handler: func(s *store.Store, p *projector.Projector) http.Handler {
		mux := http.NewServeMux()
		mux.Handle("GET /", page.Handler(page.Page{
			Title: "counter-cqrs-lazy", Idea: "No projector: the row catches up when somebody asks for it.", Body: body,
		}))
		mux.Handle("POST /counters/", counter.Commands(s))
		mux.Handle("GET /counters/", counter.Queries(s, p))
		return mux
	}})
}
