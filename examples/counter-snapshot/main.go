// Command counter-snapshot runs the example on one machine, with a page to try it: go run ./examples/counter-snapshot
package main

import (
	_ "embed"
	"html/template"
	"net/http"

	"github.com/aeon-es/aeon/dev"
	"github.com/aeon-es/aeon/examples/counter-snapshot/counter"
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
			Title: "counter-snapshot", Idea: "Commands and queries read a snapshot and the events since, not the whole history.", Body: body,
		}))
		mux.Handle("POST /counters/", counter.Commands(s))
		mux.Handle("GET /counters/", counter.Queries(s, p))
		return mux
	}})
}
