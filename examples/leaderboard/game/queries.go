package game

import (
	"encoding/json"
	"net/http"

	"github.com/aeon-es/aeon/examples/internal/web"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// Queries is the query API: GET /leaderboard, the ten best of all, and GET /players/{id}.
func Queries(_ *store.Store, p *projector.Projector) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /leaderboard", func(w http.ResponseWriter, r *http.Request) {
		list, err := p.List(r.Context(), leaderboard.Name, &projector.ListOptions{Limit: 10})
		if err != nil {
			web.Fail(w, err)
			return
		}
		best := []json.RawMessage{}
		for _, row := range list.Rows {
			best = append(best, row.Row)
		}
		web.Answer(w, http.StatusOK, best)
	})
	mux.HandleFunc("GET /players/{id}", func(w http.ResponseWriter, r *http.Request) {
		result, err := p.Query(r.Context(), inventory.Name, playerPrefix+r.PathValue("id"))
		if err != nil {
			web.Fail(w, err)
			return
		}
		if result.Row == nil {
			result.Row = json.RawMessage(`{"credits":0,"items":[]}`)
		}
		web.Answer(w, http.StatusOK, result.Row)
	})
	return mux
}
