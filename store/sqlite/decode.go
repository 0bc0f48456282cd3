package sqlite

import (
	"encoding/json"
	"errors"
	"unicode/utf8"

	"github.com/aeon-es/aeon/store"
)

// decodeEvents reads what appendEvents wrote, also with white space, in another order of the fields, and with more of them.
// Each event's data is a part of text. types holds the strings of event types met before: there are
// few of them, and so they need no memory for each event.
func decodeEvents(text []byte, count int, types map[string]string) ([]store.Pending, error) {
	if !utf8.Valid(text) {
		return nil, errors.New("not UTF-8")
	}
	d := decoder{scanner: scanner{text: text}, types: types}
	events := make([]store.Pending, 0, min(count, len(text)/len(`{"type":""}`)+1))
	err := d.list('[', ']', func() error {
		var e store.Pending
		if err := d.event(&e); err != nil {
			return err
		}
		events = append(events, e)
		return nil
	})
	if err == nil {
		err = d.end()
	}
	return events, err
}

type decoder struct {
	scanner
	types map[string]string
}

func (d *decoder) event(e *store.Pending) error {
	err := d.list('{', '}', func() error {
		name, err := d.rawString()
		if err != nil {
			return err
		}
		if err := d.expect(':'); err != nil {
			return err
		}
		return d.field(e, string(name))
	})
	if err == nil && e.Type == "" {
		err = d.failure("an event without a type")
	}
	return err
}

func (d *decoder) field(e *store.Pending, quotedName string) (err error) {
	switch quotedName {
	case `"type"`:
		e.Type, err = d.eventType()
	case `"correlationId"`:
		e.CorrelationID, err = d.str()
	case `"metadata"`:
		e.Metadata, err = d.metadata()
	case `"data"`:
		e.Data, err = d.value()
	default: // of a newer version
		_, err = d.value()
	}
	return err
}

func (d *decoder) eventType() (string, error) {
	quoted, err := d.rawString()
	if err != nil {
		return "", err
	}
	if known, ok := d.types[string(quoted)]; ok {
		return known, nil
	}
	name, err := unquote(quoted)
	d.types[string(quoted)] = name
	return name, err
}

func (d *decoder) metadata() (map[string]string, error) {
	m := map[string]string{}
	err := d.list('{', '}', func() error {
		name, err := d.str()
		if err != nil {
			return err
		}
		if err := d.expect(':'); err != nil {
			return err
		}
		m[name], err = d.str()
		return err
	})
	return m, err
}

// str reads a string.
func (d *decoder) str() (string, error) {
	quoted, err := d.rawString()
	if err != nil {
		return "", err
	}
	return unquote(quoted)
}

// unquote leaves the rare strings with escapes to encoding/json.
func unquote(quoted []byte) (s string, err error) {
	for _, c := range quoted {
		if c == '\\' {
			err = json.Unmarshal(quoted, &s)
			return s, err
		}
	}
	return string(quoted[1 : len(quoted)-1]), nil
}
