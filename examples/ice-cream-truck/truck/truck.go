// Package truck is an ice cream truck, event sourced by hand: what happened is kept, and everything else is worked out from it.
package truck

import (
	"encoding/json"
	"fmt"
	"maps"

	"github.com/aeon-es/aeon/store"
)

// Scoops is the data of both events: "loaded" and "sold".
type Scoops struct {
	Flavour string `json:"flavour"`
	Scoops  int    `json:"scoops"`
}

// Stock is the state that commands decide on: the scoops in the truck by flavour.
type Stock map[string]int

// Apply is the stock after one more event.
func (s Stock) Apply(e store.Committed) (Stock, error) {
	var scoops Scoops
	if err := json.Unmarshal(e.Data, &scoops); err != nil {
		return nil, err
	}
	next := maps.Clone(s)
	if next == nil {
		next = Stock{}
	}
	switch e.Type {
	case "loaded":
		next[scoops.Flavour] += scoops.Scoops
	case "sold":
		next[scoops.Flavour] -= scoops.Scoops
	}
	return next, nil
}

// RefusedError says why a command is not carried out.
type RefusedError struct{ Why string }

// Error implements error.
func (e *RefusedError) Error() string { return e.Why }

// Decide says what happens when somebody wants to "load" or "sell" scoops.
func (s Stock) Decide(command string, want Scoops) (store.Pending, error) {
	if want.Flavour == "" || want.Scoops < 1 || want.Scoops > 1000 {
		return store.Pending{}, &RefusedError{"a flavour, and 1 to 1000 scoops of it, please"}
	}
	kind := map[string]string{"load": "loaded", "sell": "sold"}[command]
	if kind == "" {
		return store.Pending{}, &RefusedError{"a truck can load and sell"}
	}
	if has := s[want.Flavour]; kind == "sold" && has < want.Scoops {
		return store.Pending{}, &RefusedError{fmt.Sprintf("only %d %s left", has, want.Flavour)}
	}
	data, err := json.Marshal(want)
	return store.Pending{Type: kind, Data: data}, err
}
