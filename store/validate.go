package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of what goes into a store, in bytes.
const (
	// MaxKey is the longest key.
	MaxKey = 1024
	// MaxName is the longest event type, correlation id, idempotency key and metadata name.
	MaxName = 255
	// MaxCommit is the largest commit: what fits one item of DynamoDB, whichever database it goes to.
	MaxCommit = 400 * 1024
)

// ValidateKey says whether key can name a stream: 1 to [MaxKey] bytes of UTF-8 without control characters.
func ValidateKey(key string) error { return validateText("key", key, 1, MaxKey) }

// ValidateIdempotencyKey says the same of an idempotency key, which has up to [MaxName] bytes.
func ValidateIdempotencyKey(key string) error {
	return validateText("idempotency key", key, 1, MaxName)
}

func validateText(field, text string, least, most int) error {
	switch {
	case len(text) < least:
		return invalidf(field, "is empty, it needs %d to %d bytes", least, most)
	case len(text) > most:
		return invalidf(field, "is %d bytes long, the limit is %d", len(text), most)
	case !utf8.ValidString(text):
		return invalidf(field, "is not valid UTF-8")
	case strings.ContainsFunc(text, unicode.IsControl):
		return invalidf(field, "%q contains a control character", text)
	}
	return nil
}

// normalized validates events and copies them in the form in which they are stored.
func normalized(events []Pending) ([]Pending, error) {
	if len(events) > maxEvents {
		return nil, invalidf("events", "has %d events, the limit is %d", len(events), maxEvents)
	}
	total := 0
	for i := range events {
		total += len(events[i].Data)
	}
	var all bytes.Buffer // of all their data: compacting adds nothing to it, so it never moves
	all.Grow(total)
	stored := make([]Pending, len(events))
	for i, e := range events {
		err := validateEvent(e)
		if err == nil && len(e.Data) > 0 {
			begin := all.Len()
			if invalid := json.Compact(&all, e.Data); invalid != nil {
				err = invalidf("data", "is not JSON: %v", invalid)
			}
			e.Data = all.Bytes()[begin:all.Len():all.Len()]
		}
		if err != nil {
			return nil, ofEvent(i, err)
		}
		if len(e.Metadata) == 0 {
			e.Metadata = nil
		}
		e.Metadata = maps.Clone(e.Metadata)
		stored[i] = e
	}
	return stored, nil
}

// ofEvent tells which event a field belongs to.
func ofEvent(i int, err error) error {
	if invalid, ok := errors.AsType[*InvalidError](err); ok {
		invalid.Field = fmt.Sprintf("events[%d].%s", i, invalid.Field)
	}
	return err
}

// validateEvent names the fields of an error as they are named within the event.
func validateEvent(e Pending) error {
	if err := validateText("type", e.Type, 1, MaxName); err != nil {
		return err
	}
	if err := validateText("correlationId", e.CorrelationID, 0, MaxName); err != nil {
		return err
	}
	for name, value := range e.Metadata {
		if err := validateText("metadata", name, 1, MaxName); err != nil {
			return err
		}
		if !utf8.ValidString(value) {
			return invalidf("metadata."+name, "is not valid UTF-8")
		}
	}
	if !utf8.Valid(e.Data) {
		return invalidf("data", "is not valid UTF-8")
	}
	return nil
}

// fingerprint is a digest of what makes two appends the same: type, correlation id and data of each event.
func fingerprint(events []Pending) string {
	h := sha256.New()
	part := func(b []byte) {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(b)))
		h.Write(n[:])
		h.Write(b)
	}
	for _, e := range events {
		part([]byte(e.Type))
		part([]byte(e.CorrelationID))
		part(e.Data)
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}
