package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"
)

// item is one of the events table: an event.
type item struct {
	Key           value `json:"key"`
	Revision      value `json:"revision"` // a ULID
	CommittedAt   value `json:"committedAt"`
	CorrelationID value `json:"correlationId"`
	Type          value `json:"type"`
	Data          value `json:"data"`
}

// value is an attribute as the AWS CLI and exports write it: one of these.
type value struct {
	S    *string
	N    *json.Number
	BOOL *bool
	NULL *bool
	M    map[string]value
	L    []value
	B    *string // in base64, as in BS
	SS   []string
	NS   []json.Number
	BS   []string
}

// readItems reads what there is of events: the whole of a scan, {"Items":[…]}, or lines of an export, {"Item":{…}}.
func readItems(items []item, r io.Reader) ([]item, error) {
	d := json.NewDecoder(bufio.NewReader(r))
	for n := 1; ; n++ {
		var read struct {
			Items []item
			Item  *item
			Count *int
		}
		err := d.Decode(&read)
		switch {
		case errors.Is(err, io.EOF) && n == 1:
			return nil, errors.New("it is empty")
		case errors.Is(err, io.EOF):
			return items, nil
		case err != nil:
			return nil, fmt.Errorf("object %d: %w", n, err)
		case read.Item == nil && read.Items == nil && read.Count == nil:
			return nil, fmt.Errorf(`object %d is neither a scan, {"Items":[…]}, nor a line of an export, {"Item":{…}}`, n)
		case read.Item != nil:
			items = append(items, *read.Item)
		}
		items = append(items, read.Items...)
	}
}

// text is a string that has to be there.
func (v *value) text(name string) (string, error) {
	if v.S == nil || *v.S == "" {
		return "", fmt.Errorf("it has no %s: is this the table of events?", name)
	}
	return *v.S, nil
}

// time is a time that has to be there.
func (v *value) time(name string) (time.Time, error) {
	text, err := v.text(name)
	if err != nil {
		return time.Time{}, err
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, fmt.Errorf("%s %q is no time", name, text)
	}
	return t, nil
}

// json is the value as JSON: numbers to the digit, sets as lists, bytes in base64.
func (v *value) json() (json.RawMessage, error) {
	switch {
	case v.S != nil:
		return encoded(*v.S)
	case v.N != nil:
		return json.Marshal(*v.N)
	case v.BOOL != nil:
		return json.Marshal(*v.BOOL)
	case v.NULL != nil:
		return json.RawMessage("null"), nil
	case v.B != nil:
		return json.Marshal(*v.B)
	case v.SS != nil:
		return encoded(v.SS)
	case v.NS != nil:
		return json.Marshal(v.NS)
	case v.BS != nil:
		return json.Marshal(v.BS)
	case v.M != nil:
		return v.object()
	case v.L != nil:
		return v.list()
	}
	return nil, errors.New("a value has no type that DynamoDB has")
}

// encoded is JSON in which text stays as readable as it was.
func encoded(v any) (json.RawMessage, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSpace(b.Bytes()), err
}

func (v *value) object() (json.RawMessage, error) {
	b := []byte{'{'}
	for i, name := range slices.Sorted(maps.Keys(v.M)) {
		if i > 0 {
			b = append(b, ',')
		}
		quoted, err := encoded(name)
		if err != nil {
			return nil, err
		}
		field := v.M[name]
		inner, err := field.json()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		b = append(append(append(b, quoted...), ':'), inner...)
	}
	return append(b, '}'), nil
}

func (v *value) list() (json.RawMessage, error) {
	b := []byte{'['}
	for i := range v.L {
		if i > 0 {
			b = append(b, ',')
		}
		inner, err := v.L[i].json()
		if err != nil {
			return nil, fmt.Errorf("%d: %w", i, err)
		}
		b = append(b, inner...)
	}
	return append(b, ']'), nil
}
