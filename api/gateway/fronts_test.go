package gateway_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// front is something that calls the function with a request.
type front struct {
	sample string // its file in testdata
	// place puts the path of a request, as the client sent it, into an event.
	place func(e, context map[string]any, sent string)
	// lost says of a key that no request for it gets through.
	lost func(key string) bool
	v2   bool
}

// decodedTwice is what an HTTP API hands on.
func decodedTwice(sent string) string { return unescaped(unescaped(sent)) }

func unescaped(path string) string {
	s, err := url.PathUnescape(path)
	if err != nil {
		panic(err)
	}
	return s
}

func set(object any, name string, value any) {
	if o, ok := object.(map[string]any); ok {
		o[name] = value
	}
}

func none(string) bool { return false }

// The real fronts as AWS has them, and emulators, which decode the path once. Their events differ from the real ones
// in what place does.
var fronts = map[string]front{
	"REST API": {sample: "rest-api.json", lost: none, place: func(e, context map[string]any, sent string) {
		e["path"], context["path"] = sent, "/live"+sent
		e["pathParameters"] = map[string]any{"key": strings.TrimPrefix(sent, "/streams/")}
	}},
	"HTTP API": {sample: "http-api.json", v2: true, lost: func(key string) bool { return strings.ContainsAny(key, "%?") }, place: func(e, context map[string]any, sent string) {
		e["rawPath"] = "/live" + decodedTwice(sent)
		set(context["http"], "path", e["rawPath"])
	}},
	"HTTP API, default stage": {sample: "http-api.json", v2: true, lost: func(key string) bool { return strings.ContainsAny(key, "%?") }, place: func(e, context map[string]any, sent string) {
		e["rawPath"], context["stage"] = decodedTwice(sent), "$default"
		set(context["http"], "path", e["rawPath"])
	}},
	"HTTP API, format 1.0": {sample: "http-api-v1.json", lost: func(key string) bool { return strings.ContainsAny(key, "%?") }, place: func(e, context map[string]any, sent string) {
		e["path"] = "/live" + decodedTwice(sent)
		context["path"] = e["path"]
	}},
	"function URL": {sample: "function-url.json", v2: true, lost: none, place: func(e, context map[string]any, sent string) {
		e["rawPath"] = sent
		set(context["http"], "path", unescaped(sent))
	}},
	"sam local start-api": {sample: "rest-api.json", lost: none, place: func(e, context map[string]any, sent string) {
		e["path"], context["path"], context["domainName"] = unescaped(sent), "/streams/{key+}", "127.0.0.1:3000"
		e["pathParameters"] = map[string]any{"key": strings.TrimPrefix(unescaped(sent), "/streams/")}
	}},
	"ministack REST API": {sample: "rest-api.json", lost: none, place: func(e, context map[string]any, sent string) {
		e["version"], e["path"], context["path"] = "1.0", unescaped(sent), "/live"+unescaped(sent)
		delete(context, "domainName")
	}},
	// It can't be told from AWS's where a key looks as if it were escaped.
	"ministack function URL": {sample: "function-url.json", v2: true, lost: func(key string) bool {
		_, err := url.PathUnescape(key)
		return err == nil && strings.Contains(key, "%")
	}, place: func(e, context map[string]any, sent string) {
		e["rawPath"] = unescaped(sent)
		set(context["http"], "path", unescaped(sent))
	}},
}

// event is the front's sample, with other values where they are given, as "name" or "requestContext.name".
func (f front) event(t *testing.T, change map[string]any) map[string]any {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", f.sample))
	if err != nil {
		t.Fatal(err)
	}
	var e map[string]any
	if err := json.Unmarshal(text, &e); err != nil {
		t.Fatal(err)
	}
	context, _ := e["requestContext"].(map[string]any)
	for name, value := range change {
		switch inner, ok := strings.CutPrefix(name, "requestContext."); {
		case name == "":
			f.place(e, context, fmt.Sprint(value))
		case ok:
			context[inner] = value
		default:
			e[name] = value
		}
	}
	return e
}

func encoded(t *testing.T, v any) json.RawMessage {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
