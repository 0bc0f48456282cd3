// Command counter-optimistic-concurrency runs the example on one machine, with a page to try it: go run ./examples/counter-optimistic-concurrency
package main

import (
	_ "embed"
	"html/template"
	"net/http"

	"github.com/aeon-es/aeon/dev"
	"github.com/aeon-es/aeon/examples/counter-optimistic-concurrency/counter"
	"github.com/aeon-es/aeon/examples/internal/page"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

//go:embed page.html
var body template.HTML

func main() {
	dev.Main(dev.Options{DB: ":memory:", Handler: func(s *store.Store, p *projector.Projector) http.Handler {
		mux := http.NewServeMux()
		mux.Handle("GET /", page.Handler(page.Page{
			Title: "counter-optimistic-concurrency", Idea: "A decision counts only if nothing was appended since it was made.", Body: body,
		}))
		mux.Handle("POST /counters/", counter.Commands(s))
		mux.Handle("GET /counters/", counter.Queries(s, p))
		return mux
	}})
}
