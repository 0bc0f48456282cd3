// Command ice-cream-truck runs the example on one machine, with a page to try it: go run ./examples/ice-cream-truck
package main

import (
	_ "embed"
	"html/template"
	"net/http"

	"github.com/aeon-es/aeon/dev"
	"github.com/aeon-es/aeon/examples/ice-cream-truck/truck"
	"github.com/aeon-es/aeon/examples/internal/page"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

//go:embed page.html
var body template.HTML

func main() {
	dev.Main(dev.Options{DB: ":memory:", Views: truck.Views(), Handler: func(s *store.Store, p *projector.Projector) http.Handler {
		mux := http.NewServeMux()
		mux.Handle("GET /", page.Handler(page.Page{
			Title: "ice-cream-truck", Idea: "What happened is kept; the stock and the sales are worked out from it.", Body: body,
		}))
		mux.Handle("POST /trucks/", truck.Commands(s))
		mux.Handle("GET /trucks/", truck.Queries(s, p))
		return mux
	}})
}
