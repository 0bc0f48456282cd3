package counter

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/aeon-es/aeon/examples/internal/web"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// Queries is the query API: GET /counters/{id}. With ?revision=R the row has to show that revision of the counter, and with &wait=5s it may
// take that long.
func Queries(_ *store.Store, p *projector.Projector) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /counters/{id}", func(w http.ResponseWriter, r *http.Request) {
		fresh, err := freshness(r)
		if err != nil {
			web.Refuse(w, http.StatusBadRequest, err.Error())
			return
		}
		result, err := p.QueryFresh(r.Context(), view.Name, key(r.PathValue("id")), fresh)
		if behind, ok := errors.AsType[*projector.BehindError](err); ok {
			answerBehind(w, behind)
			return
		}
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

// answerBehind says 202: what was asked for is on its way.
func answerBehind(w http.ResponseWriter, behind *projector.BehindError) {
	w.Header().Set("Retry-After", "1")
	web.Answer(w, http.StatusAccepted, struct {
		Current    store.Revision `json:"current"`
		Requested  store.Revision `json:"requested"`
		RetryAfter int            `json:"retryAfterSeconds"`
	}{behind.Current, behind.Requested, 1})
}

// freshness is what a request asks the row to show.
func freshness(r *http.Request) (f projector.Freshness, err error) {
	if text := r.URL.Query().Get("revision"); text != "" {
		revision, err := strconv.ParseUint(text, 10, 63)
		if err != nil {
			return f, errors.New("revision is a whole number")
		}
		f.Revision = store.Revision(revision)
	}
	if text := r.URL.Query().Get("wait"); text != "" {
		if f.Wait, err = time.ParseDuration(text); err != nil {
			return f, errors.New("wait is a time such as 5s")
		}
	}
	return f, nil
}
