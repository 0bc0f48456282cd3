package api

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/aeon-es/aeon/store"
)

func TestTokens(t *testing.T) {
	t.Parallel()
	for _, q := range []query{
		{Limit: 1},
		{Start: 3, StartExclusive: true, End: 1<<53 - 1, EndExclusive: true, Limit: 1000, Backward: true, Types: []string{"a", "<&ü"}},
	} {
		token, err := newToken("key", q)
		if err != nil {
			t.Fatal(err)
		}
		got, err := parseToken(token, "key")
		if err != nil || got.Start != q.Start || got.StartExclusive != q.StartExclusive || got.End != q.End || got.EndExclusive != q.EndExclusive ||
			got.Limit != q.Limit || got.Backward != q.Backward || strings.Join(got.Types, ",") != strings.Join(q.Types, ",") {
			t.Errorf("%+v came back as %+v, %v", q, got, err)
		}
	}
}

func TestTokensOfOthersAreRefused(t *testing.T) {
	t.Parallel()
	valid, err := newToken("key", query{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	k := fingerprint("key")
	text := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	if _, err := parseToken(text(`{"v":1,"k":"`+k+`","l":1}`), "key"); err != nil {
		t.Fatalf("what the others are made from: %v", err)
	}
	for name, token := range map[string]string{
		"empty": "", "not base64": "!", "padded": valid + "=", "cut": valid[:len(valid)-2],
		"not JSON":          text("x"),
		"another version":   text(`{"v":2,"k":"` + k + `","l":1}`),
		"unknown field":     text(`{"v":1,"k":"` + k + `","l":1,"x":1}`),
		"something behind":  text(`{"v":1,"k":"` + k + `","l":1} 1`),
		"wrong type":        text(`{"v":1,"k":"` + k + `","l":"1"}`),
		"no limit":          text(`{"v":1,"k":"` + k + `"}`),
		"too high a limit":  text(`{"v":1,"k":"` + k + `","l":1001}`),
		"negative":          text(`{"v":1,"k":"` + k + `","l":1,"s":-1}`),
		"too large a start": text(`{"v":1,"k":"` + k + `","l":1,"s":9007199254740992}`),
		"too large an end":  text(`{"v":1,"k":"` + k + `","l":1,"e":9007199254740992}`),
		"too many types":    text(`{"v":1,"k":"` + k + `","l":1,"t":["a"` + strings.Repeat(`,"a"`, 20) + `]}`),
		"another stream":    text(`{"v":1,"k":"` + fingerprint("other") + `","l":1}`),
	} {
		q, err := parseToken(token, "key")
		e, ok := errors.AsType[*store.InvalidError](err)
		if !ok || e.Field != "next" || strings.Contains(e.Problem, "another stream") != (name == "another stream") {
			t.Errorf("%s: %+v, %v", name, q, err)
		}
	}
}

func TestTokensOfListsAreRefused(t *testing.T) {
	t.Parallel()
	text := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	w := fingerprint("view")
	if _, err := parseListToken(text(`{"v":1,"w":"`+w+`","wl":1,"wa":"a"}`), "view"); err != nil {
		t.Fatalf("what the others are made from: %v", err)
	}
	if _, err := parseAllToken(text(`{"v":1,"pl":1,"ps":"01K0V2G9T4Y6Q3MZ7C1B5D8E00"}`)); err != nil {
		t.Fatalf("what the others are made from: %v", err)
	}
	for name, token := range map[string]string{
		"not base64": "!", "not JSON": text("x"), "of a stream": text(`{"v":1,"k":"` + w + `","l":1}`), "empty": text(`{}`),
		"a list's of another version": text(`{"v":2,"w":"` + w + `","wl":1,"wa":"a"}`),
		"a list's for another view":   text(`{"v":1,"w":"` + fingerprint("other") + `","wl":1,"wa":"a"}`),
		"a list's without a place":    text(`{"v":1,"w":"` + w + `","wl":1}`),
		"a list's without a limit":    text(`{"v":1,"w":"` + w + `","wa":"a"}`),
		"a list's of no order":        text(`{"v":1,"w":"` + w + `","wl":1,"wa":"a","wo":"up"}`),
		"all events', other version":  text(`{"v":2,"pl":1}`),
		"all events', no limit":       text(`{"v":1}`),
		"all events', no position":    text(`{"v":1,"pl":1,"ps":"x"}`),
		"all events', many types":     text(`{"v":1,"pl":1,"pt":["a"` + strings.Repeat(`,"a"`, 20) + `]}`),
		"all events', bad prefix":     text(`{"v":1,"pl":1,"pk":"\u0000"}`),
	} {
		_, err := parseListToken(token, "view")
		_, allErr := parseAllToken(token)
		for _, err := range []error{err, allErr} {
			if e, ok := errors.AsType[*store.InvalidError](err); !ok || e.Field != "next" {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// Whoever makes up a token gets no more than who asks without one.
func FuzzTokens(f *testing.F) {
	valid, err := newToken("key", query{Limit: 1, Types: []string{"a"}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(valid)
	f.Fuzz(func(t *testing.T, token string) {
		if q, err := parseListToken(token, "view"); err == nil && (validateLimit(q.Limit) != nil || q.After == "") || err != nil && !errors.Is(err, store.ErrInvalid) {
			t.Errorf("%+v: %v", q, err)
		}
		if q, err := parseAllToken(token); err == nil && q.validate() != nil || err != nil && !errors.Is(err, store.ErrInvalid) {
			t.Errorf("%+v: %v", q, err)
		}
		q, err := parseToken(token, "key")
		if err != nil {
			if !errors.Is(err, store.ErrInvalid) {
				t.Error(err)
			}
			return
		}
		if err := q.validate(); err != nil || q.Start > maxRevision || q.End > maxRevision {
			t.Errorf("%+v: %v", q, err)
		}
	})
}
