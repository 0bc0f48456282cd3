package gateway

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"
)

// recorder keeps what a handler answers.
type recorder struct {
	header http.Header
	status int // 0 until it is written
	sent   http.Header
	body   bytes.Buffer
}

// Header implements [http.ResponseWriter].
func (w *recorder) Header() http.Header { return w.header }

// WriteHeader implements [http.ResponseWriter]. As on a server, what is set in the header later is too late.
func (w *recorder) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK {
		w.status, w.sent = status, w.header.Clone()
	}
}

// Write implements [http.ResponseWriter].
func (w *recorder) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(p)
}

// responseV1 is an answer in format 1.0.
type responseV1 struct {
	StatusCode        int                 `json:"statusCode"`
	MultiValueHeaders map[string][]string `json:"multiValueHeaders"`
	Body              string              `json:"body"`
	IsBase64Encoded   bool                `json:"isBase64Encoded"`
}

// responseV2 is an answer in format 2.0, where a header has one value, and cookies are set apart.
type responseV2 struct {
	StatusCode      int               `json:"statusCode"`
	Headers         map[string]string `json:"headers"`
	Cookies         []string          `json:"cookies,omitempty"`
	Body            string            `json:"body"`
	IsBase64Encoded bool              `json:"isBase64Encoded"`
}

// response is the recorded answer as JSON, in the form for the front. A body is text wherever it can be: a REST API decodes
// base64 only for media types that it was told of.
func (w *recorder) response(v2 bool) (json.RawMessage, error) {
	w.WriteHeader(http.StatusOK)
	body, encoded := w.body.String(), false
	if !utf8.ValidString(body) {
		body, encoded = base64.StdEncoding.EncodeToString(w.body.Bytes()), true
	}
	var response any = responseV1{StatusCode: w.status, MultiValueHeaders: w.sent, Body: body, IsBase64Encoded: encoded}
	if v2 {
		r := responseV2{StatusCode: w.status, Headers: map[string]string{}, Body: body, IsBase64Encoded: encoded}
		for name, values := range w.sent {
			if name == "Set-Cookie" {
				r.Cookies = values
				continue
			}
			r.Headers[name] = strings.Join(values, ", ")
		}
		response = r
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // six characters for one: the limit is of what is sent
	if err := e.Encode(response); err != nil {
		return nil, err
	}
	if b.Len() > maxResponse {
		return nil, fmt.Errorf("the answer is %d bytes as Lambda takes it, the limit is %d", b.Len(), maxResponse)
	}
	return b.Bytes(), nil
}
