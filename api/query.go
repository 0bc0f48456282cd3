package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/aeon-es/aeon/store"
)

// What a page of a stream holds at most.
const (
	defaultLimit = 100
	maxLimit     = 1000
	maxTypes     = 20 // they are repeated in the token for the next page, which has to fit a header
)

// query asks for a page of a stream. As JSON it is what the token for the next page holds.
type query struct {
	Start          store.Revision `json:"s,omitempty"`
	StartExclusive bool           `json:"sx,omitempty"`
	End            store.Revision `json:"e,omitempty"`
	EndExclusive   bool           `json:"ex,omitempty"`
	Limit          int            `json:"l"`
	Backward       bool           `json:"b,omitempty"`
	Types          []string       `json:"t,omitempty"`
}

// streamQuery reads what a request asks of the stream key.
func streamQuery(rawQuery, key string) (query, error) {
	v, err := parameters(rawQuery, "start", "startExclusive", "end", "endExclusive", "limit", "direction", "type", "next")
	if err != nil {
		return query{}, err
	}
	if v.has("next") {
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if name != "next" {
				return query{}, invalidf(name, "can't be given beside next, which carries it")
			}
		}
		return parseToken(v["next"][0], key)
	}
	q := query{Types: v["type"]}
	for _, read := range []func() error{
		func() (err error) { q.Start, err = v.revision("start", 0); return err },
		func() (err error) { q.StartExclusive, err = v.exclusive("startExclusive", "start"); return err },
		func() (err error) { q.End, err = v.revision("end", 1); return err },
		func() (err error) { q.EndExclusive, err = v.exclusive("endExclusive", "end"); return err },
		func() (err error) { q.Limit, err = v.limit(); return err },
		func() (err error) { q.Backward, err = v.backward(); return err },
	} {
		if err := read(); err != nil {
			return query{}, err
		}
	}
	return q, q.validate()
}

// validate checks what holds for a query however it came.
func (q *query) validate() error {
	switch {
	case q.Limit < 1 || q.Limit > maxLimit:
		return invalidf("limit", "must be from 1 to %d", maxLimit)
	case len(q.Types) > maxTypes:
		return invalidf("type", "is given %d times, the limit is %d", len(q.Types), maxTypes)
	}
	for _, t := range q.Types {
		if len(t) == 0 || len(t) > store.MaxName {
			return invalidf("type", "must be 1 to %d bytes long", store.MaxName)
		}
	}
	return nil
}

func (q *query) wants(e *store.Committed) bool {
	return len(q.Types) == 0 || slices.Contains(q.Types, e.Type)
}

// span is the range to read. One event more than is wanted tells whether there is a next page. Types are left to the page,
// which counts what it passes over.
func (q *query) span() store.Range {
	r := store.Range{
		Start: q.Start, StartExclusive: q.StartExclusive, End: q.End, EndExclusive: q.EndExclusive, Backward: q.Backward,
	}
	if len(q.Types) == 0 {
		r.Limit = q.Limit + 1
	}
	return r
}

// from is the query for the page that begins at r.
func (q query) from(r store.Revision) query {
	if q.Backward {
		q.End, q.EndExclusive = r, false
	} else {
		q.Start, q.StartExclusive = r, false
	}
	return q
}

// token is the text of "next".
type token struct {
	Version int    `json:"v"`
	Stream  string `json:"k"`
	query
}

const tokenVersion = 1

// newToken is the token for the page of stream key that q asks for.
func newToken(key string, q query) (string, error) {
	text, err := encode(token{Version: tokenVersion, Stream: fingerprint(key), query: q})
	return base64.RawURLEncoding.EncodeToString(text), err
}

// parseToken trusts nothing: a token goes through the hands of the caller.
func parseToken(s, key string) (query, error) {
	text, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil {
		return query{}, invalidf("next", "is not a token that was given out here")
	}
	var t token
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&t); err != nil || t.Version != tokenVersion || !atEnd(d) || t.validate() != nil ||
		t.Start > maxRevision || t.End > maxRevision {
		return query{}, invalidf("next", "is not a token that was given out here")
	}
	if t.Stream != fingerprint(key) {
		return query{}, invalidf("next", "is a token for another stream")
	}
	return t.query, nil
}

func atEnd(d *json.Decoder) bool {
	_, err := d.Token()
	return err == io.EOF
}

// fingerprint stands for a key in a token.
func fingerprint(key string) string {
	sum := sha256.Sum256([]byte(key))
	return fmt.Sprintf("%x", sum[:8])
}
