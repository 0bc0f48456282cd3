package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
)

// answer is all of a response. It is written when it is whole, so that nothing that fails on the way to it leaves half
// of one.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// jsonAnswer is an answer whose body is v as JSON.
func jsonAnswer(status int, v any) (*answer, error) {
	body, err := encode(v)
	if err != nil {
		return nil, err
	}
	return bodyAnswer(status, documentType, append(body, '\n')), nil
}

func bodyAnswer(status int, contentType string, body []byte) *answer {
	return &answer{status: status, header: http.Header{"Content-Type": {contentType}}, body: body}
}

// encode is [json.Marshal] without its escapes for HTML: they would change the text of an event's data.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// optionsAnswer tells the methods of a path.
func optionsAnswer(allowed []string) *answer {
	return &answer{status: http.StatusNoContent, header: http.Header{"Allow": {strings.Join(allowed, ", ")}}}
}

// conditional puts a tag on an answer that stands for what it says, and leaves out the body for a caller who has it already.
func (c *call) conditional(ans *answer) *answer {
	sum := sha256.Sum256(ans.body)
	tag := `"` + base64.RawURLEncoding.EncodeToString(sum[:15]) + `"`
	if notModified(c.Header, tag) {
		ans.status, ans.body = http.StatusNotModified, nil
		ans.header.Del("Content-Type")
	}
	ans.header.Set("ETag", tag)
	ans.header.Set("Cache-Control", revalidated)
	return ans
}

// revalidated lets an answer be kept, if each use asks again whether it still holds.
const revalidated = "no-cache"

// write sends the answer. That the client has gone away is nobody's concern any more.
func (a *answer) write(w http.ResponseWriter, c *call) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set(requestIDHeader, c.id)
	for name, values := range a.header {
		h[name] = values
	}
	c.origins.allow(h, c)
	if c.Method == http.MethodHead {
		w.WriteHeader(a.status)
		return
	}
	if len(a.body) > 0 {
		h.Set("Content-Length", strconv.Itoa(len(a.body)))
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) //nolint:gosec // G705: it is JSON or YAML, says so, and no browser may guess otherwise
}
