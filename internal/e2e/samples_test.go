package e2e_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/aeon-es/aeon/internal/conversation"
	"github.com/aeon-es/aeon/internal/sampleevents"
)

// samples are the sample events of the functions, and which of them were part of what was said.
type samples struct {
	files map[string][]byte

	mu   sync.Mutex
	used map[string]bool
}

func readSamples(t *testing.T, root string) *samples {
	t.Helper()
	s := &samples{files: map[string][]byte{}, used: map[string]bool{}}
	for _, sample := range sampleevents.All() {
		text, err := os.ReadFile(filepath.Join(root, "events", sample.File))
		if err != nil {
			t.Fatal(err)
		}
		s.files[sample.File] = text
	}
	return s
}

// use gives the name of the sample that an event is, "" if it is none, and takes note that it was used.
func (s *samples) use(event []byte) string {
	for name, text := range s.files {
		if reflect.DeepEqual(decode(text), decode(event)) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.used[name] = true
			return name
		}
	}
	return ""
}

// expectOthers expects each sample event that was no part of what was said to be answered as is said of it.
func (s *samples) expectOthers(t *testing.T, call invoke) {
	t.Helper()
	for _, sample := range sampleevents.All() {
		s.mu.Lock()
		used := s.used[sample.File]
		s.mu.Unlock()
		if used {
			continue
		}
		if sample.Want == nil {
			t.Errorf("events/%s was no part of the conversation, and nothing is said of its answer", sample.File)
			continue
		}
		answer, err := call(t.Context(), sample.Function(), s.files[sample.File])
		if wrong := sample.Differs(answer); err != nil || wrong != "" {
			t.Errorf("events/%s %v", wrong, err)
		}
	}
}

// event is the event that API Gateway makes of a request, and the function that gets it: a sample with all in it that makes
// this request another one.
func (s *samples) event(r conversation.Request) (function string, event []byte) {
	function, name := "QueryFunction", "query-stream.json"
	if r.Method == http.MethodPost {
		function, name = "AppendFunction", "append.json"
	}
	e := decode(s.files[name])
	path, query, _ := strings.Cut(r.Target, "?")
	resource, proxy := path, ""
	for _, prefix := range []string{"/streams/", "/views/"} {
		if rest, ok := strings.CutPrefix(path, prefix); ok {
			resource, proxy = prefix+"{proxy+}", rest
		}
	}
	e["path"], e["httpMethod"], e["resource"] = path, r.Method, resource
	e["pathParameters"] = nil
	if proxy != "" {
		e["pathParameters"] = map[string]any{"proxy": proxy}
	}
	e["queryStringParameters"], e["multiValueQueryStringParameters"] = single(query)
	e["body"] = nil
	if r.Body != "" {
		e["body"] = r.Body
	}
	setHeaders(e, r.Header)
	context, _ := e["requestContext"].(map[string]any)
	context["path"], context["httpMethod"], context["resourcePath"] = "/v1"+path, r.Method, resource
	text, err := json.Marshal(e)
	if err != nil {
		panic(err) // it was JSON before
	}
	return function, text
}

// single are the parameters of a query in which none is given twice, or escaped.
func single(query string) (one, multi any) {
	if query == "" {
		return nil, nil
	}
	first, all := map[string]any{}, map[string]any{}
	for pair := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		first[name], all[name] = value, []any{value}
	}
	return first, all
}

// setHeaders sets the headers of a request, beside those that every client sends.
func setHeaders(e map[string]any, header map[string]string) {
	one, _ := e["headers"].(map[string]any)
	multi, _ := e["multiValueHeaders"].(map[string]any)
	delete(one, "Content-Type")
	delete(multi, "Content-Type")
	for name, value := range header {
		one[name], multi[name] = value, []any{value}
	}
}

func decode(text []byte) (e map[string]any) {
	if err := json.Unmarshal(text, &e); err != nil {
		panic(err)
	}
	return e
}
