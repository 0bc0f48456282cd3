// Package webhook sends entries of an event bus to a URL, and has what such a URL's owner does with them. Neither knows Aeon: all there is to know
// is what an entry looks like.
//
// Deliveries are signed as https://www.standardwebhooks.com says, with a secret that both sides have.
package webhook

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Entry is what there is to know of an entry of the bus.
type Entry struct {
	// ID is the same each time the event comes, and no other event's.
	ID       string `json:"id"`
	Key      string `json:"key"`
	Revision uint64 `json:"revision"`
	Type     string `json:"type"`
}

// Parse reads an entry as EventBridge hands it to a target.
func Parse(envelope []byte) (Entry, error) {
	var e struct{ Detail Entry }
	if err := json.Unmarshal(envelope, &e); err != nil {
		return Entry{}, fmt.Errorf("not an entry of an event bus: %w", err)
	}
	if e.Detail.ID == "" || e.Detail.Key == "" {
		return Entry{}, errors.New("not an entry of an event of Aeon: its detail has no id or no key")
	}
	return e.Detail, nil
}

// String is such as "order/de/1@2 shipped".
func (e Entry) String() string { return fmt.Sprintf("%s@%d %s", e.Key, e.Revision, e.Type) }
