package bus

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"sync"

	"github.com/aeon-es/aeon/examples/notifications/webhook"
)

// Inbox stands in for a queue, and shows what has come. The zero value is empty; it is safe for concurrent use.
type Inbox struct {
	mu      sync.Mutex
	entries map[string]webhook.Entry // by id: what came twice is there once
}

// Put puts an entry into it.
func (i *Inbox) Put(envelope []byte) {
	e, err := webhook.Parse(envelope)
	if err != nil {
		slog.Error("in a queue", "error", err)
		return
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.entries == nil {
		i.entries = map[string]webhook.Entry{}
	}
	i.entries[e.ID] = e
}

// ServeHTTP answers what there is.
func (i *Inbox) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(webhook.Sorted(i.entries)) // who doesn't wait for the answer doesn't get it
}
