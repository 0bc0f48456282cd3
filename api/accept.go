package api

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Media types of answers.
const (
	documentType = "application/json"
	linesType    = "application/x-ndjson" // events as lines of JSON
	yamlType     = "application/yaml"
)

// errNotAcceptable says that nothing of what can be answered is what the caller takes.
var errNotAcceptable = errors.New("not acceptable")

// accepted is what a call says that it takes: media ranges with their weights.
type accepted map[string]float64

func acceptedBy(h http.Header) accepted {
	a := accepted{}
	for item := range strings.SplitSeq(strings.Join(h.Values("Accept"), ","), ",") {
		mediaRange, params, err := mime.ParseMediaType(item)
		if err != nil {
			continue
		}
		q, err := strconv.ParseFloat(params["q"], 64)
		if err != nil {
			q = 1
		}
		a[mediaRange] = q
	}
	return a
}

// weight is how much a media type is liked, 0 for not at all: the most specific range counts, by RFC 9110.
func (a accepted) weight(mediaType string) float64 {
	kind, _, _ := strings.Cut(mediaType, "/")
	for _, mediaRange := range []string{mediaType, kind + "/*", "*/*"} {
		if q, ok := a[mediaRange]; ok {
			return q
		}
	}
	return 0
}

// acceptable refuses a call that takes none of the types that are answered there. Problems are answered as problem documents,
// whatever the call takes, and so is everything where there are no types.
func acceptable(h http.Header, types []string) error {
	a := acceptedBy(h)
	if len(a) == 0 || len(types) == 0 || slices.ContainsFunc(types, func(t string) bool { return a.weight(t) > 0 }) {
		return nil
	}
	said := shortened(strings.Join(h.Values("Accept"), ", "))
	return fmt.Errorf("%w: Accept is %q, but what there is here is %s", errNotAcceptable, said, strings.Join(types, " or "))
}

// wantsLines says whether the caller asks for lines by name, and likes them no less than a JSON document.
func wantsLines(h http.Header) bool {
	a := acceptedBy(h)
	return a[linesType] > 0 && a[linesType] >= a.weight(documentType)
}
