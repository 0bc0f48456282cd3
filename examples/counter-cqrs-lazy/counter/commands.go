package counter

import (
	"context"
	"errors"
	"net/http"

	"github.com/aeon-es/aeon/examples/internal/web"
	"github.com/aeon-es/aeon/store"
)

const maxStep = 1_000_000

// key names the stream of a counter's events.
func key(id string) string { return "counter/" + id }

// Commands is the command API: POST /counters/{id}/increment and /decrement, with {"by": 2} or nothing.
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
		done, err := appendDecision(r.Context(), s, key(id), func(c Counter) (Event, error) { return decide(c, ask.By) })
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

// appendDecision replays a counter, decides, and appends. What is wrong with it: another append may come between the two.
func appendDecision(ctx context.Context, s *store.Store, key string, decide func(Counter) (Event, error)) (store.Appended, error) {
	counter, err := replay(ctx, s, key)
	if err != nil {
		return store.Appended{}, err
	}
	event, err := decide(counter)
	if err != nil {
		return store.Appended{}, err
	}
	pending, err := codec.EncodeAll(event)
	if err != nil {
		return store.Appended{}, err
	}
	return s.Append(ctx, key, store.Any(), pending, nil)
}

// replay folds the whole history of a counter.
func replay(ctx context.Context, s *store.Store, key string) (c Counter, err error) {
	for e, err := range s.Read(ctx, key, store.Range{}) {
		if err != nil {
			return Counter{}, err
		}
		if c, err = c.Apply(e); err != nil {
			return Counter{}, err
		}
	}
	return c, nil
}
