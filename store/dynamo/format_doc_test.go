package dynamo

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every attribute of the golden files is told of in the documentation of the stored format.
func TestStoredFormatIsDocumented(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("../../docs/stored-format.md")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) < 6 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		stored, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var item map[string]any
		if err := json.Unmarshal(stored, &item); err != nil {
			t.Fatal(err)
		}
		for _, attribute := range attributes(item) {
			if !strings.Contains(string(doc), "`"+attribute+"`") {
				t.Errorf("%s: nothing is said of attribute %q", name, attribute)
			}
		}
	}
}

// attributes are the names in an item, and in the maps of its lists.
func attributes(item map[string]any) []string {
	var names []string
	for name, value := range item {
		names = append(names, name)
		typed, _ := value.(map[string]any)
		list, _ := typed["L"].([]any)
		for _, element := range list {
			m, _ := element.(map[string]any)
			inner, _ := m["M"].(map[string]any)
			names = append(names, attributes(inner)...)
		}
	}
	return names
}
