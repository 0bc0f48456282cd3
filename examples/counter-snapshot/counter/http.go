package counter

import (
	"context"
	"errors"
	"net/http"

	"github.com/aeon-es/aeon/examples/internal/web"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

const maxStep = 1_000_000

// key names the stream of a counter's events.
func key(id string) string { return "counter/" + id }

// Commands is the command API: POST /counters/{id}/increment and /decrement, with {"by": 2} or nothing. With an
// Idempotency-Key a command is carried out once, however often it is sent.
func Commands(s *store.Store) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /counters/{id}/increment", command(s, Counter.Increment))
	mux.HandleFunc("POST /counters/{id}/decrement", command(s, Counter.Decrement))
	return mux
}

func command(s *store.Store, decide func(Counter, int) (Event, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		id, ask := r.PathValue("id"), struct{ By int }{By: 1}
		if err := web.Read(w, r, &ask); err != nil {
			web.Fail(w, err)
			return
		}
		if ask.By < 1 || ask.By > maxStep {
			web.Refuse(w, http.StatusBadRequest, "by is a whole number from 1 to 1000000")
			return
		}
		done, err := appendDecision(r.Context(), s, key(id), r.Header.Get("Idempotency-Key"), func(c Counter) (Event, error) { return decide(c, ask.By) })
		switch {
		case errors.Is(err, ErrBelowZero):
			web.Refuse(w, http.StatusConflict, err.Error())
		case err != nil:
			web.Fail(w, err)
		default:
			web.Answer(w, http.StatusCreated, map[string]any{"id": id, "revision": done.Revision()})
		}
	}
}

// decider says how a counter comes of its events, and that it is kept every 100 of them.
var decider = store.Decider[Counter]{
	Evolve:    Counter.Apply,
	Snapshots: &store.Snapshots[Counter]{Name: "counter", Schema: 1, Every: 100},
}

// appendDecision reads a counter's snapshot and the events since, decides, and appends, if nothing was appended meanwhile; if
// something was, it decides anew.
func appendDecision(ctx context.Context, s *store.Store, key, idempotencyKey string, decide func(Counter) (Event, error)) (store.Appended, error) {
	done, err := store.Decide(ctx, s, key, decider, func(c Counter) ([]store.Pending, error) {
		event, err := decide(c)
		if err != nil {
			return nil, err
		}
		return codec.EncodeAll(event)
	}, &store.AppendOptions{IdempotencyKey: idempotencyKey})
	return done.Appended, err
}

// Queries is the query API: GET /counters/{id}.
func Queries(s *store.Store, _ *projector.Projector) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /counters/{id}", func(w http.ResponseWriter, r *http.Request) {
		counter, revision, err := replay(r.Context(), s, key(r.PathValue("id")))
		if err != nil {
			web.Fail(w, err)
			return
		}
		web.Answer(w, http.StatusOK, struct {
			ID string `json:"id"`
			Counter
			Revision store.Revision `json:"revision"`
		}{r.PathValue("id"), counter, revision})
	})
	return mux
}

// replay reads a snapshot and the events since: a decision for nothing.
func replay(ctx context.Context, s *store.Store, key string) (Counter, store.Revision, error) {
	d, err := store.Decide(ctx, s, key, decider, func(Counter) ([]store.Pending, error) { return nil, nil }, nil)
	return d.State, d.Revision(), err
}
