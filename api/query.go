package api

import (
	"slices"
	"unicode/utf8"

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
	if next, err := v.next(); err != nil || next != "" {
		if err != nil {
			return query{}, err
		}
		return parseToken(next, key)
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
	if err := validateLimit(q.Limit); err != nil {
		return err
	}
	return validateTypes(q.Types)
}

func validateTypes(types []string) error {
	if len(types) > maxTypes {
		return invalidf("type", "is given %d times, the limit is %d", len(types), maxTypes)
	}
	for _, t := range types {
		if len(t) == 0 || len(t) > store.MaxName {
			return invalidf("type", "must be 1 to %d bytes long", store.MaxName)
		}
		if !utf8.ValidString(t) {
			return invalidf("type", "is not valid UTF-8")
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

// token is what the text of "next" holds.
type token struct {
	Version int    `json:"v"`
	Stream  string `json:"k"`
	query
}

// newToken is the token for the page of stream key that q asks for.
func newToken(key string, q query) (string, error) {
	return encodeToken(token{Version: tokenVersion, Stream: fingerprint(key), query: q})
}

// parseToken trusts nothing: a token goes through the hands of the caller.
func parseToken(s, key string) (query, error) {
	t, err := decodeToken[token](s)
	if err != nil || t.Version != tokenVersion || t.validate() != nil || t.Start > maxRevision || t.End > maxRevision {
		return query{}, errToken
	}
	if t.Stream != fingerprint(key) {
		return query{}, invalidf("next", "is a token for another stream")
	}
	return t.query, nil
}
