package consumer

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// kind tells apart what may come.
type kind int

const (
	isNone     kind = iota
	isBatch         // of records or messages: it has "Records"
	isRecord        // of a stream: it has "dynamodb"
	isRule          // an event from an event bus: it has "detail-type"
	isDoorbell      // it has "key"
)

// marks are the fields that tell the kinds apart: each has its own, and none of the others'.
var marks = map[string]kind{"Records": isBatch, "dynamodb": isRecord, "detail-type": isRule, "key": isDoorbell}

// wanted is what an event or a message may be.
const wanted = `it should be a doorbell such as {"key":"c1"} or {"view":"counters","key":"c1","revision":7}, an event of Aeon's from ` +
	`an event bus, or a record of the events table's stream`

// kindOf reads a JSON object and says what it is.
func kindOf(text []byte) (map[string]json.RawMessage, kind, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		return nil, isNone, fmt.Errorf("it can't be read: %s: %w", wanted, err)
	}
	found, by := isNone, ""
	for name, kind := range marks {
		if _, ok := fields[name]; !ok {
			continue
		}
		if found != isNone {
			return nil, isNone, fmt.Errorf("it has %q as well as %q: %s", min(name, by), max(name, by), wanted)
		}
		found, by = kind, name
	}
	if found == isNone {
		return nil, isNone, fmt.Errorf("nothing says what it is: %s", wanted)
	}
	return fields, found, nil
}

// fromFields reads a doorbell, or an event from an event bus.
func fromFields(fields map[string]json.RawMessage, kind kind) (projector.Doorbell, error) {
	switch kind {
	case isDoorbell:
		for name := range fields {
			if name != "view" && name != "key" && name != "revision" {
				return projector.Doorbell{}, fmt.Errorf("a doorbell has view, key and revision, and no %.50q", name)
			}
		}
		return doorbell(fields)
	case isRule:
		for _, name := range []string{"source", "detail-type"} {
			if _, err := text(fields, name); err != nil {
				return projector.Doorbell{}, fmt.Errorf("event from an event bus: %w", err)
			}
		}
		var detail map[string]json.RawMessage
		if err := json.Unmarshal(fields["detail"], &detail); err != nil {
			return projector.Doorbell{}, fmt.Errorf("event from an event bus: detail: %w", err)
		}
		delete(detail, "view") // which is none of ours
		if _, ok := detail["revision"]; !ok {
			return projector.Doorbell{}, fmt.Errorf("event from an event bus: detail: revision is missing: is it one of Aeon's?")
		}
		bell, err := doorbell(detail)
		if err != nil {
			return bell, fmt.Errorf("event from an event bus: detail: %w", err)
		}
		return bell, nil
	default:
		return projector.Doorbell{}, fmt.Errorf("a record of a stream comes in a batch, or in a message of a queue: %s", wanted)
	}
}

// doorbell reads key, and if they are there view and revision.
func doorbell(fields map[string]json.RawMessage) (bell projector.Doorbell, err error) {
	if bell.Key, err = text(fields, "key"); err != nil {
		return bell, err
	}
	if err := store.ValidateKey(bell.Key); err != nil {
		return bell, err
	}
	if _, ok := fields["view"]; ok {
		if bell.View, err = text(fields, "view"); err != nil {
			return bell, err
		}
		if bell.View == "" {
			return bell, fmt.Errorf("view is empty: leave it out to ring for all of them")
		}
	}
	if number, ok := fields["revision"]; ok {
		revision, err := strconv.ParseUint(string(number), 10, 53)
		if err != nil || revision == 0 {
			return bell, fmt.Errorf("revision is no whole number from 1 on: leave it out to ring for whatever there is")
		}
		bell.Revision = store.Revision(revision)
	}
	return bell, nil
}

// text reads a field that is a string.
func text(fields map[string]json.RawMessage, name string) (string, error) {
	var s *string
	if err := json.Unmarshal(fields[name], &s); err != nil || s == nil {
		return "", fmt.Errorf("%s is missing or not a string", name)
	}
	return *s, nil
}
