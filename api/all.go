package api

import (
	"slices"
	"strings"

	"github.com/aeon-es/aeon/store"
)

// allQuery asks for a page of the events of all streams. As JSON it is what the token for the next page holds.
type allQuery struct {
	Start          store.Position `json:"ps,omitzero"`
	StartExclusive bool           `json:"psx,omitempty"`
	End            store.Position `json:"pe,omitzero"`
	EndExclusive   bool           `json:"pex,omitempty"`
	Limit          int            `json:"pl"`
	Backward       bool           `json:"pb,omitempty"`
	Types          []string       `json:"pt,omitempty"`
	KeyPrefix      string         `json:"pk,omitempty"`
	Settled        bool           `json:"pn,omitempty"`
}

// allToken is what the text of "next" holds.
type allToken struct {
	Version int `json:"v"`
	allQuery
}

// events serves GET and HEAD /events.
func (a *api) events(c *call) (*answer, error) {
	q, err := parseAllQuery(c.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	p, err := fill(a.store.ReadAll(c.Context(), q.span()), q.Limit, q.wants)
	if err != nil {
		return nil, err
	}
	next := ""
	if p.rest != nil {
		if next, err = encodeToken(allToken{Version: tokenVersion, allQuery: q.from(p.rest.Position)}); err != nil {
			return nil, err
		}
	}
	ans := p.answer(c.Header, next)
	ans.header.Set("Vary", "Accept")
	return c.conditional(ans), nil
}

// parseAllQuery reads what a request asks for.
func parseAllQuery(rawQuery string) (q allQuery, err error) {
	v, err := parameters(rawQuery, "start", "startExclusive", "end", "endExclusive", "limit", "direction", "type", "keyPrefix", "settled", "next")
	if err != nil {
		return q, err
	}
	if next, err := v.next(); err != nil || next != "" {
		if err != nil {
			return q, err
		}
		return parseAllToken(next)
	}
	q.Types = v["type"]
	for _, read := range []func() error{
		func() (err error) { q.Start, err = v.position("start"); return err },
		func() (err error) { q.StartExclusive, err = v.exclusive("startExclusive", "start"); return err },
		func() (err error) { q.End, err = v.position("end"); return err },
		func() (err error) { q.EndExclusive, err = v.exclusive("endExclusive", "end"); return err },
		func() (err error) { q.Limit, err = v.limit(); return err },
		func() (err error) { q.Backward, err = v.backward(); return err },
		func() (err error) { q.Settled, err = v.flag("settled"); return err },
		func() error { return q.prefix(v) },
	} {
		if err := read(); err != nil {
			return q, err
		}
	}
	if v.has("end") && q.End.IsZero() {
		return q, invalidf("end", "is before every position")
	}
	q.StartExclusive = q.StartExclusive && !q.Start.IsZero() // no event is there
	return q, q.validate()
}

func (q *allQuery) prefix(v values) error {
	if !v.has("keyPrefix") {
		return nil
	}
	q.KeyPrefix = v["keyPrefix"][0]
	return named("keyPrefix", store.ValidateKey(q.KeyPrefix)) // what can't begin a key can't be one
}

// validate checks what holds for a query however it came.
func (q *allQuery) validate() error {
	if err := validateLimit(q.Limit); err != nil {
		return err
	}
	if q.KeyPrefix != "" {
		if err := named("keyPrefix", store.ValidateKey(q.KeyPrefix)); err != nil {
			return err
		}
	}
	return validateTypes(q.Types)
}

// parseAllToken trusts nothing.
func parseAllToken(s string) (allQuery, error) {
	t, err := decodeToken[allToken](s)
	if err != nil || t.Version != tokenVersion || t.validate() != nil {
		return allQuery{}, errToken
	}
	return t.allQuery, nil
}

// span is the range to read. Types and prefixes are left to the page, which counts what it passes over.
func (q *allQuery) span() store.AllRange {
	r := store.AllRange{
		Start: q.Start, StartExclusive: q.StartExclusive, End: q.End, EndExclusive: q.EndExclusive, Backward: q.Backward, Settled: q.Settled,
	}
	if len(q.Types) == 0 && q.KeyPrefix == "" {
		r.Limit = q.Limit + 1
	}
	return r
}

func (q *allQuery) wants(e *store.Committed) bool {
	return strings.HasPrefix(e.Key, q.KeyPrefix) && (len(q.Types) == 0 || slices.Contains(q.Types, e.Type))
}

// from is the query for the page that begins at p.
func (q allQuery) from(p store.Position) allQuery {
	if q.Backward {
		q.End, q.EndExclusive = p, false
	} else {
		q.Start, q.StartExclusive = p, false
	}
	return q
}
