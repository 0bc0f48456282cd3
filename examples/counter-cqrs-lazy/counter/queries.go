package counter

import (
	"net/http"

	"github.com/aeon-es/aeon/examples/internal/web"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// Queries is the query API: GET /counters/{id}. Whoever asks brings the row up to date first.
func Queries(_ *store.Store, p *projector.Projector) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /counters/{id}", func(w http.ResponseWriter, r *http.Request) {
		if _, err := p.CatchUp(r.Context(), view.Name, key(r.PathValue("id"))); err != nil {
			web.Fail(w, err)
			return
		}
		result, err := p.Query(r.Context(), view.Name, key(r.PathValue("id")))
		if err != nil {
			web.Fail(w, err)
			return
		}
		if result.Row == nil {
			web.Refuse(w, http.StatusNotFound, "there is no such counter")
			return
		}
		web.Answer(w, http.StatusOK, map[string]any{"id": r.PathValue("id"), "revision": result.Revision, "counter": result.Row})
	})
	return mux
}
