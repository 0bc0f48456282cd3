// Package page is the look of the examples in a browser: a page of one's own HTML, whose attributes say what its buttons send and
// what is shown beside them. See page.js for those attributes.
package page

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
)

//go:embed page.html page.css page.js
var files embed.FS

var layout = template.Must(template.ParseFS(files, "page.html"))

// Page is the page of an example.
type Page struct {
	Title, Idea string
	// Body is HTML: the author's, not a user's.
	Body template.HTML
}

// Handler serves the page at "/", and what it is made of.
func Handler(p Page) http.Handler {
	var page bytes.Buffer
	if err := layout.Execute(&page, p); err != nil {
		panic(err) // the layout and p are both parts of the program
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'self'")
		_, _ = w.Write(page.Bytes())
	})
	mux.Handle("GET /page.css", http.FileServerFS(files))
	mux.Handle("GET /page.js", http.FileServerFS(files))
	return mux
}
