package api

import (
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// linesType is the media type of events as lines of JSON.
const linesType = "application/x-ndjson"

// wantsLines says whether the caller asks for lines by name, and likes them no less than a JSON document.
func wantsLines(h http.Header) bool {
	lines, document := 0.0, 0.0
	for item := range strings.SplitSeq(strings.Join(h.Values("Accept"), ","), ",") {
		mediaType, params, err := mime.ParseMediaType(item)
		if err != nil {
			continue
		}
		q, err := strconv.ParseFloat(params["q"], 64)
		if err != nil {
			q = 1
		}
		switch mediaType {
		case linesType:
			lines = q
		case "application/json":
			document = q
		}
	}
	return lines > 0 && lines >= document
}
