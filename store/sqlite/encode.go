package sqlite

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/aeon-es/aeon/store"
)

// appendEvents appends events to b as the JSON array that doc.go describes.
func appendEvents(b []byte, events []store.Pending) []byte {
	b = append(b, '[')
	for i, e := range events {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendEvent(b, e)
	}
	return append(b, ']')
}

func appendEvent(b []byte, e store.Pending) []byte {
	b = append(b, `{"type":`...)
	b = appendString(b, e.Type)
	if e.CorrelationID != "" {
		b = append(b, `,"correlationId":`...)
		b = appendString(b, e.CorrelationID)
	}
	if len(e.Metadata) > 0 {
		b = append(b, `,"metadata":`...)
		b = appendMetadata(b, e.Metadata)
	}
	if len(e.Data) > 0 {
		b = append(b, `,"data":`...)
		b = append(b, e.Data...) // JSON already
	}
	return append(b, '}')
}

// appendMetadata writes the names in order, so that the same metadata is the same text.
func appendMetadata(b []byte, metadata map[string]string) []byte {
	separator := byte('{')
	for _, name := range slices.Sorted(maps.Keys(metadata)) {
		b = append(b, separator)
		b = appendString(b, name)
		b = append(b, ':')
		b = appendString(b, metadata[name])
		separator = ','
	}
	return append(b, '}')
}

// appendString leaves the rare strings that need escapes to encoding/json.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' {
			quoted, _ := json.Marshal(s) //nolint:errchkjson // a string can always be encoded
			return append(b, quoted...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}
