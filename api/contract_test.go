package api_test

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	"github.com/pb33f/libopenapi-validator/config"
	"github.com/pb33f/libopenapi-validator/content"
	validation "github.com/pb33f/libopenapi-validator/errors"
	"github.com/pb33f/libopenapi-validator/schema_validation"
	v3 "github.com/pb33f/libopenapi/datamodel/high/v3"
)

// contract holds each exchange of the tests to openapi.yaml, and remembers what was seen of it.
type contract struct {
	validator validator.Validator
	// operations are the documented statuses by operation, such as "GET /health".
	operations map[string]*v3.Operation

	mu   sync.Mutex
	seen map[string]bool // such as "GET /health 200"
}

var openapi = sync.OnceValue(func() *contract {
	text, err := os.ReadFile("openapi.yaml")
	if err != nil {
		panic(err)
	}
	document, err := libopenapi.NewDocument(text)
	if err != nil {
		panic(err)
	}
	v, errs := validator.NewValidator(document, config.WithFormatAssertions(), config.WithoutSecurityValidation(),
		config.WithBodyDecoder("application/x-ndjson", content.DecoderFunc(asText)))
	if len(errs) > 0 {
		panic(errs)
	}
	model, err := document.BuildV3Model()
	if err != nil {
		panic(err)
	}
	c := &contract{validator: v, operations: map[string]*v3.Operation{}, seen: map[string]bool{}}
	for path, item := range model.Model.Paths.PathItems.FromOldest() {
		for method, operation := range item.GetOperations().FromOldest() {
			c.operations[strings.ToUpper(method)+" "+path] = operation
		}
	}
	return c
})

// asText is how the validator is to take lines.
func asText(in *content.DecodeInput) (any, error) {
	text, err := io.ReadAll(in.Body)
	return string(text), err
}

// TestMain fails a whole run in which something of openapi.yaml was never seen.
func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	whole := flag.Lookup("test.run").Value.String() == "" && flag.Lookup("test.skip").Value.String() == "" && flag.Lookup("test.list").Value.String() == ""
	if code == 0 && whole {
		for _, missing := range openapi().unseen() {
			fmt.Println("openapi.yaml documents what no test has seen:", missing)
			code = 1
		}
	}
	os.Exit(code)
}

func (c *contract) unseen() []string {
	var missing []string
	for operation, documented := range c.operations {
		for status := range documented.Responses.Codes.KeysFromOldest() {
			if name := operation + " " + status; !c.seen[name] {
				missing = append(missing, name)
			}
		}
	}
	return slices.Sorted(slices.Values(missing))
}

// check holds one exchange to the contract.
func (c *contract) check(t *testing.T, method, target string, header http.Header, body []byte, status int, answered http.Header, answer []byte) {
	t.Helper()
	path, canonical := pattern(target)
	operation := method + " " + path
	if c.operations[operation] == nil {
		if status != http.StatusNotFound && status != http.StatusMethodNotAllowed {
			t.Errorf("%s %s: status %d, but openapi.yaml has no %s", method, target, status, operation)
		}
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock() // the validator is not said to be safe for concurrent use
	c.seen[fmt.Sprintf("%s %d", operation, status)] = true
	request, err := http.NewRequestWithContext(t.Context(), method, "http://127.0.0.1:8080"+canonical, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header = header.Clone()
	if wrong := c.wrong(operation, request, status, answered, answer); wrong != "" {
		t.Errorf("%s %s: the answer is not what openapi.yaml says: %s\n%s", method, target, wrong, answer)
	}
	if method == http.MethodHead && len(answer) > 0 {
		t.Errorf("%s %s: a body of %d bytes", method, target, len(answer))
	}
	if status >= http.StatusBadRequest {
		return
	}
	if ok, errs := c.validator.ValidateHttpRequest(request); !ok {
		t.Errorf("%s %s: answered %d, but openapi.yaml forbids the request: %s", method, target, status, told(errs))
	}
}

// wrong tells what about an answer openapi.yaml doesn't say.
func (c *contract) wrong(operation string, request *http.Request, status int, header http.Header, body []byte) string {
	response := &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(bytes.NewReader(body))}
	if ok, errs := c.validator.ValidateHttpResponse(request, response); !ok {
		return told(errs)
	}
	if header.Get("Content-Type") == "application/x-ndjson" { // OpenAPI 3.1 has no words for lines: they are a page's events
		header = header.Clone()
		header.Set("Content-Type", "application/json")
		lines := bytes.ReplaceAll(bytes.TrimSuffix(body, []byte("\n")), []byte("\n"), []byte(","))
		return c.wrong(operation, request, status, header, fmt.Appendf(nil, `{"events":[%s]}`, lines))
	}
	documented := c.operations[operation].Responses.Codes.GetOrZero(strconv.Itoa(status))
	for name := range header {
		known := slices.ContainsFunc(slices.Collect(documented.Headers.KeysFromOldest()), func(h string) bool { return strings.EqualFold(h, name) })
		if !known && name != "Content-Type" && name != "Content-Length" {
			return "the header " + name + " is not documented"
		}
	}
	if len(body) > 0 && documented.Content.Len() == 0 {
		return "no body is documented"
	}
	return ""
}

// pattern is the path's pattern in openapi.yaml, and the target with names in it that have no "/": the document has no way to
// say that they may.
func pattern(target string) (path, canonical string) {
	path, query, _ := strings.Cut(target, "?")
	if query != "" {
		query = "?" + query
	}
	if strings.HasPrefix(path, "/streams/") {
		return "/streams/{key}", "/streams/key" + query
	}
	if rest, ok := strings.CutPrefix(path, "/views/"); ok && rest != "" {
		if strings.Contains(rest, "/") {
			return "/views/{view}/{id}", "/views/view/id" + query
		}
		return "/views/{view}", "/views/view" + query
	}
	return path, path + query
}

func told(errs []*validation.ValidationError) string {
	var b strings.Builder
	for _, e := range errs {
		fmt.Fprintf(&b, "\n  %s: %s", e.Message, e.Reason)
		for _, s := range e.SchemaValidationErrors {
			fmt.Fprintf(&b, "\n    %s: %s", s.KeywordLocation, s.Reason)
		}
	}
	return b.String()
}

func TestDescriptionIsValid(t *testing.T) {
	t.Parallel()
	if ok, errs := openapi().validator.ValidateDocument(); !ok {
		t.Error(told(errs))
	}
}

func TestDescribedExamplesAreValid(t *testing.T) {
	t.Parallel()
	examples := 0
	try := func(where string, m *v3.MediaType) {
		var values []any
		decode := func(decode func(any) error) {
			var v any
			if err := decode(&v); err != nil {
				t.Fatal(err)
			}
			values = append(values, v)
		}
		if m.Example != nil {
			decode(m.Example.Decode)
		}
		if m.Examples != nil {
			for e := range m.Examples.ValuesFromOldest() {
				decode(e.Value.Decode)
			}
		}
		for _, v := range values {
			examples++
			if ok, errs := schema_validation.NewSchemaValidator().ValidateSchemaObject(m.Schema.Schema(), v); !ok {
				t.Errorf("%s: example %v: %s", where, v, told(errs))
			}
		}
	}
	for name, operation := range openapi().operations {
		if operation.RequestBody != nil {
			for m := range operation.RequestBody.Content.ValuesFromOldest() {
				try(name, m)
			}
		}
		for status, response := range operation.Responses.Codes.FromOldest() {
			if response.Content == nil {
				continue
			}
			for m := range response.Content.ValuesFromOldest() {
				try(name+" "+status, m)
			}
		}
	}
	if examples < 8 {
		t.Errorf("only %d examples were found", examples)
	}
}

// The validation that the other tests lean on does refuse what it should.
func TestContractRefuses(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]struct {
		status int
		header http.Header
		body   string
	}{
		"nothing":               {http.StatusOK, healthy(), `{"status":"ok"}`},
		"undocumented status":   {http.StatusTeapot, http.Header{}, `{}`},
		"missing header":        {http.StatusOK, http.Header{"Content-Type": {"application/json"}}, `{"status":"ok"}`},
		"undocumented header":   {http.StatusOK, healthy("X-Surprise", "1"), `{"status":"ok"}`},
		"wrong value of header": {http.StatusOK, healthy("Cache-Control", "public"), `{"status":"ok"}`},
		"wrong value":           {http.StatusOK, healthy(), `{"status":"bad"}`},
		"unknown property":      {http.StatusOK, healthy(), `{"status":"ok","more":1}`},
	} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1:8080/health", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		c := openapi()
		c.mu.Lock()
		if wrong := c.wrong("GET /health", request, answer.status, answer.header, []byte(answer.body)); (wrong == "") != (name == "nothing") {
			t.Errorf("%s: %q", name, wrong)
		}
		c.mu.Unlock()
	}
}

func healthy(more ...string) http.Header {
	h := http.Header{
		"Content-Type": {"application/json"}, "X-Request-Id": {"r"}, "X-Content-Type-Options": {"nosniff"}, "Cache-Control": {"no-store"},
	}
	for pair := range slices.Chunk(more, 2) {
		h.Set(pair[0], pair[1])
	}
	return h
}
