// Package dashboard is the page of "aeon dev", and what it asks for beyond the public HTTP API: the keys there are, what happens
// as it happens, where views stand, and redriving what is parked. All of it is for one developer on one machine: it keeps
// away from other machines, and from other sites' pages.
package dashboard

import (
	"cmp"
	"log/slog"
	"net/http"
	"strings"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// Options say what the dashboard shows.
type Options struct {
	Store     *store.Store
	Projector *projector.Projector
	// Live is the one that observes Projector.
	Live *Live
	// Database says in a word what the store is on, such as a file's name.
	Database string
	// Log is where failures go; nil means [slog.Default].
	Log *slog.Logger
	// Local says that the server can be reached from this machine alone. Otherwise there is no dashboard.
	Local bool
	// BelowRoot leaves "/" to the application: the page is at "/dev/" alone.
	BelowRoot bool
}

type dashboard struct {
	Options
	keys *keyIndex
}

// Beside serves the dashboard beside next.
func Beside(next http.Handler, o Options) http.Handler {
	page := GuardOrigin(newHandler(o), nil)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		below := strings.HasPrefix(r.URL.Path, prefix)
		switch {
		case !below && (r.URL.Path != "/" || o.BelowRoot):
			next.ServeHTTP(w, r)
		case !o.Local:
			writeProblem(w, http.StatusForbidden, "the dashboard is served on loopback addresses only: start with --listen 127.0.0.1:8080")
		case r.URL.Path != "/" && r.URL.Path != prefix && isForeign(r):
			writeProblem(w, http.StatusForbidden, "the request comes from a page of another origin")
		default:
			page.ServeHTTP(w, r)
		}
	})
}

// prefix begins every path of the dashboard but "/".
const prefix = "/dev/"

func newHandler(o Options) http.Handler {
	o.Log = cmp.Or(o.Log, slog.Default())
	d := &dashboard{Options: o, keys: newKeyIndex(o.Store)}
	o.Live.keys.Store(d.keys)
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", page("index.html"))
	mux.Handle("GET "+prefix+"{$}", page("index.html"))
	mux.Handle("GET "+prefix+"page/", pageFiles())
	mux.HandleFunc("GET "+prefix+"live", d.live)
	for pattern, answer := range map[string]func(*http.Request) (any, error){
		"GET " + prefix + "keys":     d.listKeys,
		"GET " + prefix + "standing": d.standing,
		"GET " + prefix + "parked":   d.parked,
		"POST " + prefix + "redrive": d.redrive,
		"POST " + prefix + "skip":    d.skip,
	} {
		mux.HandleFunc(pattern, d.answering(answer))
	}
	return mux
}
