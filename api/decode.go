package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/aeon-es/aeon/store"
)

// The body of an append is taken apart by hand: encoding/json would let pass names in other cases and names given
// twice, and its errors don't tell which of the events they are about.

// decodeEvents reads {"events": [...]}. Errors name the field, such as "events[3].type".
func decodeEvents(body []byte) ([]store.Pending, error) {
	if !utf8.Valid(body) {
		return nil, invalidf("body", "is not valid UTF-8")
	}
	var whole json.RawMessage
	if err := json.Unmarshal(body, &whole); err != nil {
		return nil, invalidf("body", "is not JSON: %v", err)
	}
	var events []store.Pending
	err := members("body", "", whole, func(field, name string, value json.RawMessage) (err error) {
		if name != "events" {
			return invalidf(field, "is unknown here: the body has events only")
		}
		events, err = eventList(field, value)
		return err
	})
	if err == nil && len(events) == 0 {
		return nil, invalidf("events", "must be at least one")
	}
	return events, err
}

func eventList(field string, list json.RawMessage) ([]store.Pending, error) {
	var values []json.RawMessage
	if list[0] != '[' {
		return nil, invalidf(field, "must be an array")
	}
	if err := json.Unmarshal(list, &values); err != nil {
		return nil, err // it has been found to be JSON
	}
	events := make([]store.Pending, len(values))
	for i, value := range values {
		if err := decodeEvent(fmt.Sprintf("%s[%d]", field, i), value, &events[i]); err != nil {
			return nil, err
		}
	}
	return events, nil
}

func decodeEvent(field string, event json.RawMessage, e *store.Pending) error {
	return members(field, field+".", event, func(field, name string, value json.RawMessage) (err error) {
		switch name {
		case "type":
			e.Type, err = text(field, value)
		case "correlationId":
			e.CorrelationID, err = text(field, value)
		case "metadata":
			e.Metadata, err = texts(field, value)
		case "data":
			e.Data = value // its text, so that numbers keep every digit
		default:
			err = invalidf(field, "is unknown: an event has type, correlationId, metadata and data")
		}
		return err
	})
}

func text(field string, value json.RawMessage) (s string, err error) {
	if value[0] != '"' {
		return "", invalidf(field, "must be a string")
	}
	return s, json.Unmarshal(value, &s)
}

// texts reads an object whose members are strings.
func texts(field string, object json.RawMessage) (map[string]string, error) {
	all := map[string]string{}
	err := members(field, field+".", object, func(field, name string, value json.RawMessage) (err error) {
		all[name], err = text(field, value)
		return err
	})
	return all, err
}

// members calls member for each member of an object, which is known to be JSON. Errors speak of the object as
// field, and of a member as prefix and its name.
func members(field, prefix string, object json.RawMessage, member func(field, name string, value json.RawMessage) error) error {
	if object[0] != '{' {
		return invalidf(field, "must be an object")
	}
	d := json.NewDecoder(bytes.NewReader(object))
	if _, err := d.Token(); err != nil {
		return err
	}
	seen := map[string]bool{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return err
		}
		name, _ := token.(string) // what else could it be
		at := prefix + shortened(name)
		if at == "" {
			at = field
		}
		if seen[name] {
			return invalidf(at, "is given more than once")
		}
		seen[name] = true
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return err
		}
		if err := member(at, name, value); err != nil {
			return err
		}
	}
	return nil
}

// shortened keeps names that are as long as a body out of answers and the log.
func shortened(name string) string {
	const longest = 64
	if len(name) > longest {
		return strings.ToValidUTF8(name[:longest], "") + "…"
	}
	return name
}
