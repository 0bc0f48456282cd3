// Command counter-cqrs runs the example on one machine, with a page to try it: go run ./examples/counter-cqrs
package main

import (
	_ "embed"
	"html/template"
	"net/http"

	"github.com/aeon-es/aeon/dev"
	"github.com/aeon-es/aeon/examples/counter-cqrs/counter"
	"github.com/aeon-es/aeon/examples/internal/page"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

//go:embed page.html
var body template.HTML

func main() {
	dev.Main(dev.Options{DB: ":memory:", Views: counter.Views(), Handler: func(s *store.Store, p *projector.Projector) http.Handler {
		mux := http.NewServeMux()
		mux.Handle("GET /", page.Handler(page.Page{
			Title: "counter-cqrs", Idea: "A read model beside the events: queries read one row, and say which revision it has to show.", Body: body,
		}))
		mux.Handle("POST /counters/", counter.Commands(s))
		mux.Handle("GET /counters/", counter.Queries(s, p))
		return mux
	}})
}
