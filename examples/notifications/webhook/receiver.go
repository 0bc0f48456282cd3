package webhook

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"sync"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// maxDelivery is the largest delivery, in bytes: no entry of a bus is larger.
const maxDelivery = 256 << 10

// Receiver is the other side: it takes deliveries that are signed, and counts each event once, however often it comes. Make it with [NewReceiver]; safe for
// concurrent use.
type Receiver struct {
	verifier *standardwebhooks.Webhook

	mu       sync.Mutex
	away     bool
	received map[string]Entry // by id
	refused  map[string]Entry // what came while it was away, and hasn't come again
}

// NewReceiver makes a receiver of what is signed by that secret.
func NewReceiver(secret string) (*Receiver, error) {
	verifier, err := standardwebhooks.NewWebhook(secret)
	if err != nil || secret == "" {
		return nil, errors.New("the webhook's secret is not base64")
	}
	return &Receiver{verifier: verifier, received: map[string]Entry{}, refused: map[string]Entry{}}, nil
}

// ServeHTTP takes a delivery. 2xx says that it need not come again; what came before is answered so, too.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, request.Body, maxDelivery))
	if err != nil {
		http.Error(w, "too large", http.StatusRequestEntityTooLarge)
		return
	}
	if err := r.verifier.Verify(body, request.Header); err != nil {
		http.Error(w, "not signed by the secret, or long ago", http.StatusUnauthorized)
		return
	}
	entry, err := Parse(body)
	if err != nil || entry.ID != request.Header.Get(standardwebhooks.HeaderWebhookID) {
		http.Error(w, "not an entry", http.StatusBadRequest)
		return
	}
	if !r.take(entry) {
		http.Error(w, "away", http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (r *Receiver) take(entry Entry) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.away {
		r.refused[entry.ID] = entry
		return false
	}
	delete(r.refused, entry.ID)
	r.received[entry.ID] = entry
	return true
}

// GoAway has deliveries refused, as those to a server that is down, or no longer.
func (r *Receiver) GoAway(away bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.away = away
}

// State is what a receiver has seen.
type State struct {
	Away     bool     `json:"away"`
	Refused  []string `json:"refused"`
	Received []string `json:"received"`
}

// State tells what it has received, and what it has refused and not received since.
func (r *Receiver) State() State {
	r.mu.Lock()
	defer r.mu.Unlock()
	return State{r.away, Sorted(r.refused), Sorted(r.received)}
}

// Sorted are entries as text, by key and revision.
func Sorted(entries map[string]Entry) []string {
	all := make([]string, 0, len(entries))
	for _, e := range entries {
		all = append(all, e.String())
	}
	slices.Sort(all)
	return all
}
