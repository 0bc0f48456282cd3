package truck

import (
	"context"
	"errors"
	"net/http"

	"github.com/aeon-es/aeon/examples/internal/web"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// Do carries out a command: work out the stock from what happened, decide, and append what happens now, if nothing else did meanwhile.
func Do(ctx context.Context, s *store.Store, key, command string, want Scoops) (store.Appended, error) {
	head, events, err := s.ReadForAppend(ctx, key, store.Range{})
	if err != nil {
		return store.Appended{}, err
	}
	var stock Stock
	for e, err := range events {
		if err != nil {
			return store.Appended{}, err
		}
		if stock, err = stock.Apply(e); err != nil {
			return store.Appended{}, err
		}
	}
	event, err := stock.Decide(command, want)
	if err != nil {
		return store.Appended{}, err
	}
	return s.Append(ctx, key, store.At(head), []store.Pending{event}, nil)
}

// Commands is the command API: POST /trucks/{id}/load and /sell, with {"flavour": "vanilla", "scoops": 2}.
func Commands(s *store.Store) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /trucks/{id}/{command}", func(w http.ResponseWriter, r *http.Request) {
		var want Scoops
		if err := web.Read(w, r, &want); err != nil {
			web.Fail(w, err)
			return
		}
		done, err := Do(r.Context(), s, "truck/"+r.PathValue("id"), r.PathValue("command"), want)
		if refused, ok := errors.AsType[*RefusedError](err); ok {
			web.Refuse(w, http.StatusConflict, refused.Why)
			return
		}
		if err != nil {
			web.Fail(w, err)
			return
		}
		web.Answer(w, http.StatusCreated, map[string]any{"revision": done.Revision()})
	})
	return mux
}

// Queries is the query API: GET /trucks/{id}.
func Queries(_ *store.Store, p *projector.Projector) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /trucks/{id}", func(w http.ResponseWriter, r *http.Request) {
		result, err := p.Query(r.Context(), sales.Name, "truck/"+r.PathValue("id"))
		switch {
		case err != nil:
			web.Fail(w, err)
		case result.Row == nil:
			web.Refuse(w, http.StatusNotFound, "nothing was sold from this truck")
		default:
			web.Answer(w, http.StatusOK, result.Row)
		}
	})
	return mux
}
