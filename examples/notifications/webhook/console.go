package webhook

import (
	"encoding/json"
	"net/http"
)

// Console shows a receiver, and has it go away and come back: GET /receiver, POST /receiver/away and POST /receiver/back.
func Console(r *Receiver) http.Handler {
	answer := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v) // who doesn't wait for the answer doesn't get it
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /receiver", func(w http.ResponseWriter, _ *http.Request) { answer(w, r.State()) })
	mux.HandleFunc("POST /receiver/away", func(w http.ResponseWriter, _ *http.Request) { r.GoAway(true); answer(w, map[string]bool{"away": true}) })
	mux.HandleFunc("POST /receiver/back", func(w http.ResponseWriter, _ *http.Request) {
		r.GoAway(false)
		answer(w, map[string]bool{"away": false})
	})
	return mux
}
