package api_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/aeon-es/aeon/store"
)

// The problem document that docs/errors.md shows is the one that comes, but for its id.
func TestProblemIsAsDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "docs", "errors.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, shown, _ := strings.Cut(string(text), "```json\n")
	shown, _, _ = strings.Cut(shown, "```")
	var want, got map[string]any
	if err := json.Unmarshal([]byte(shown), &want); err != nil {
		t.Fatal(err)
	}
	p := start(t)
	if _, err := p.store.Append(t.Context(), "counter/1", store.Any(), eight("incremented"), nil); err != nil {
		t.Fatal(err)
	}
	a := p.do(t, http.MethodPost, "/streams/counter%2F1", `{"events":[{"type":"incremented"}]}`, `Content-Type: application/json`, `If-Match: "7"`)
	if err := json.Unmarshal(a.body, &got); err != nil {
		t.Fatal(err)
	}
	for _, each := range []map[string]any{got, want} {
		if id, _ := each["requestId"].(string); len(id) != 26 {
			t.Errorf("the id of the request is %q", id)
		}
		delete(each, "requestId")
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("docs/errors.md shows\n%v\nand what comes is\n%v", want, got)
	}
}

func eight(eventType string) []store.Pending {
	events := make([]store.Pending, 8)
	for i := range events {
		events[i].Type = eventType
	}
	return events
}
