package sampleevents

import (
	"bytes"
	"encoding/json"
)

// object is a JSON object whose members stay in order: names and values in turn.
type object []any

// MarshalJSON implements [json.Marshaler].
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i := 0; i < len(o); i += 2 {
		if i > 0 {
			b.WriteByte(',')
		}
		for j, separator := range []string{":", ""} {
			text, err := encode(o[i+j])
			if err != nil {
				return nil, err
			}
			b.Write(text)
			b.WriteString(separator)
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// encode is [json.Marshal] without its escapes for HTML.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// text is an event as a file has it.
func text(v any) ([]byte, error) {
	compact, err := encode(v)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = json.Indent(&b, compact, "", "  ")
	b.WriteByte('\n')
	return b.Bytes(), err
}
