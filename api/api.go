package api

import (
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// Options are the optional settings of the handler; nil means all defaults.
type Options struct {
	// Log gets one line for each request, never with an event's data; nil means [slog.Default]. What was answered
	// with a status from 500 up is an error there, with its cause; all else is informational.
	Log *slog.Logger
	// AllowedOrigins are the origins, such as https://shop.example.com, of the web pages whose scripts may use the API, or
	// "*" for all. None means that no browser lets one do that. See [ValidateOrigin].
	AllowedOrigins []string
}

// New makes the handler over s, and over the views of p. A nil p means that there are no views. The handler
// is safe for concurrent use.
func New(s *store.Store, p *projector.Projector, o *Options) http.Handler {
	if o == nil {
		o = &Options{}
	}
	a := &api{store: s, projector: p, log: o.Log, origins: newOrigins(o.AllowedOrigins)}
	if a.log == nil {
		a.log = slog.Default()
	}
	return a
}

type api struct {
	store     *store.Store
	projector *projector.Projector
	log       *slog.Logger
	origins   origins
}

// call is one request under way, with what its line in the log tells of it.
type call struct {
	*http.Request
	origins  origins
	id       string // of the request
	route    string // the path's pattern in openapi.yaml; empty if there is none
	view     string
	key      string         // of the stream, or the row's id
	revision store.Revision // the one that was answered
	// correlationID is the first one of the events to append: they are of one cause, as a rule.
	correlationID string
}

// ServeHTTP implements [http.Handler].
func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	c := &call{Request: r, origins: a.origins, id: requestID(r)}
	ans, err := a.serve(c)
	if err != nil {
		ans = problemAnswer(err, c.id)
	}
	ans.write(w, c)
	a.report(c, ans.status, err, time.Since(began))
}

// serve finds the handler of the call and has it answer. A panic of it is an error like any other.
func (a *api) serve(c *call) (ans *answer, err error) {
	defer func() {
		if p := recover(); p != nil {
			ans, err = nil, fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	handle, err := a.find(c)
	if err != nil {
		return nil, err
	}
	return handle(c)
}

// report writes the call's line in the log.
func (a *api) report(c *call, status int, err error, took time.Duration) {
	attrs := []slog.Attr{
		slog.String("requestId", c.id), slog.String("method", c.Method), slog.String("route", c.route),
		slog.Int("status", status), slog.Duration("duration", took),
	}
	if c.view != "" {
		attrs = append(attrs, slog.String("view", shortened(c.view)))
	}
	if store.ValidateKey(c.key) == nil {
		attrs = append(attrs, slog.String("key", c.key))
	}
	if c.revision > 0 {
		attrs = append(attrs, slog.Uint64("revision", uint64(c.revision)))
	}
	if c.correlationID != "" {
		attrs = append(attrs, slog.String("correlationId", shortened(c.correlationID)))
	}
	level := slog.LevelInfo
	if err != nil {
		attrs = append(attrs, slog.String("problem", classOf(err).kind))
	}
	if status >= http.StatusInternalServerError {
		level = slog.LevelError
		attrs = append(attrs, slog.Any("error", err))
	}
	a.log.LogAttrs(c.Context(), level, "request", attrs...)
}

const requestIDHeader = "X-Request-Id"

// requestID is the one that came with the request, if it is fit for a log, or else a new one.
func requestID(r *http.Request) string {
	if id := r.Header.Get(requestIDHeader); isRequestID(id) {
		return id
	}
	return rand.Text()
}

// isRequestID is written by hand: an expression would be compiled at every start of a Lambda function.
func isRequestID(s string) bool {
	fits := func(c rune) bool {
		return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.ContainsRune("._:/+=@-", c)
	}
	return len(s) >= 1 && len(s) <= 128 && strings.TrimLeftFunc(s, fits) == ""
}
