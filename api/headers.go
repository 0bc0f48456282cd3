package api

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/aeon-es/aeon/store"
)

// maxRevision is the largest revision that a request may name: larger numbers don't survive the JSON of every language.
const maxRevision = 1<<53 - 1

// etag is a revision as an entity tag.
func etag(r store.Revision) string { return `"` + strconv.FormatUint(uint64(r), 10) + `"` }

// expectation is what an append's headers expect of the stream.
func expectation(h http.Header) (store.Expected, error) {
	match, none := h.Values("If-Match"), h.Values("If-None-Match")
	switch {
	case len(match) > 0 && len(none) > 0:
		return store.Expected{}, invalidf("If-None-Match", "can't be given together with If-Match")
	case len(none) > 0:
		if len(none) > 1 || none[0] != "*" {
			return store.Expected{}, invalidf("If-None-Match", "can only be *, which expects a stream without events")
		}
		return store.NoStream(), nil
	case len(match) == 0:
		return store.Any(), nil
	}
	digits, quoted := unquoted(match[0])
	r, err := parseRevision("If-Match", digits)
	if len(match) > 1 || !quoted || err != nil {
		return store.Expected{}, invalidf("If-Match", `must be one revision in quotes, such as "7", and not weak`)
	}
	return store.Exactly(r), nil
}

func unquoted(s string) (inside string, quoted bool) {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return s, false
	}
	return s[1 : len(s)-1], true
}

// parseRevision reads digits, without zeros in front.
func parseRevision(field, s string) (store.Revision, error) {
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil || (s[0] == '0' && s != "0") {
		return 0, invalidf(field, "must be a whole number, 0 or more, in plain digits")
	}
	if n > maxRevision {
		return 0, invalidf(field, "is beyond the largest revision, %d", uint64(maxRevision))
	}
	return store.Revision(n), nil
}

// idempotencyKey is the one in the headers, empty if there is none. It may come in quotes, as a string of RFC 9651.
func idempotencyKey(h http.Header) (string, error) {
	const name = "Idempotency-Key"
	values := h.Values(name)
	if len(values) == 0 {
		return "", nil
	}
	key := values[0]
	if strings.HasPrefix(key, `"`) {
		var ok bool
		if key, ok = unescapedString(key); !ok {
			return "", invalidf(name, "begins with a quote, but is not a quoted string")
		}
	}
	if len(values) > 1 {
		return "", invalidf(name, "is given more than once")
	}
	return key, named(name, store.ValidateIdempotencyKey(key))
}

// unescapedString is what the quotes of s hold, where only quotes and backslashes may be escaped.
func unescapedString(s string) (string, bool) {
	inside, ok := unquoted(s)
	var b strings.Builder
	for i := 0; i < len(inside) && ok; i++ {
		if inside[i] == '\\' {
			i++
			ok = i < len(inside) && (inside[i] == '"' || inside[i] == '\\')
		} else {
			ok = inside[i] != '"'
		}
		if ok {
			b.WriteByte(inside[i])
		}
	}
	return b.String(), ok
}

// notModified says whether the caller has what carries this tag already.
func notModified(h http.Header, tag string) bool {
	for list := range strings.SplitSeq(strings.Join(h.Values("If-None-Match"), ","), ",") {
		if t := strings.TrimSpace(list); t == "*" || strings.TrimPrefix(t, "W/") == tag {
			return true
		}
	}
	return false
}
