package order

import (
	"errors"
	"net/http"

	"github.com/aeon-es/aeon/examples/internal/web"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// key names the stream of an order's events. It begins with the country: who wants to know of one country's orders says so by that.
func key(r *http.Request) string { return "order/" + r.PathValue("country") + "/" + r.PathValue("id") }

// decider says how an order comes of its events.
var decider = store.Decider[Order]{Evolve: Order.Apply}

// Commands is the command API: POST /orders/{country}/{id}/place with {"item": "bicycle"}, /ship and /cancel.
func Commands(s *store.Store) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /orders/{country}/{id}/place", func(w http.ResponseWriter, r *http.Request) {
		var ask struct{ Item string }
		if err := web.Read(w, r, &ask); err != nil {
			web.Fail(w, err)
			return
		}
		if ask.Item == "" {
			web.Refuse(w, http.StatusBadRequest, "item is what is ordered")
			return
		}
		decide(w, r, s, func(o Order) (Event, error) { return o.Place(ask.Item) })
	})
	mux.HandleFunc("POST /orders/{country}/{id}/ship", func(w http.ResponseWriter, r *http.Request) { decide(w, r, s, Order.Ship) })
	mux.HandleFunc("POST /orders/{country}/{id}/cancel", func(w http.ResponseWriter, r *http.Request) { decide(w, r, s, Order.Cancel) })
	return mux
}

// decide appends what a decision says. Whom it has to be told is not the command's business.
func decide(w http.ResponseWriter, r *http.Request, s *store.Store, decision func(Order) (Event, error)) {
	done, err := store.Decide(r.Context(), s, key(r), decider, func(o Order) ([]store.Pending, error) {
		event, err := decision(o)
		if err != nil {
			return nil, err
		}
		return codec.EncodeAll(event)
	}, nil)
	switch {
	case errors.Is(err, ErrPlaced), errors.Is(err, ErrNone), errors.Is(err, ErrOver):
		web.Refuse(w, http.StatusConflict, err.Error())
	case err != nil:
		web.Fail(w, err)
	default:
		web.Answer(w, http.StatusCreated, map[string]any{"revision": done.Revision()})
	}
}

// Queries is the query API: GET /orders/{country}/{id}.
func Queries(s *store.Store, _ *projector.Projector) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /orders/{country}/{id}", func(w http.ResponseWriter, r *http.Request) {
		var order Order
		for e, err := range s.Read(r.Context(), key(r), store.Range{}) {
			if err == nil {
				order, err = order.Apply(e)
			}
			if err != nil {
				web.Fail(w, err)
				return
			}
		}
		if order.Status == "" {
			web.Refuse(w, http.StatusNotFound, ErrNone.Error())
			return
		}
		web.Answer(w, http.StatusOK, order)
	})
	return mux
}
