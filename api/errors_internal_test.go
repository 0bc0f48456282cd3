package api

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// kinds are the types of problems that the handler can answer with, each with its status.
func kinds() []string {
	all := []string{fmt.Sprint(internal.kind, " ", internal.status)}
	for _, c := range classes {
		all = append(all, fmt.Sprint(c.kind, " ", c.status))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func submatches(text, pattern string) (all []string) {
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		all = append(all, strings.Join(m[1:], " "))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// docs/errors.md explains each type of problem under a heading of its own, with its status, lists it, and explains no others.
func TestErrorsAreExplained(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "docs", "errors.md"))
	if err != nil {
		t.Fatal(err)
	}
	page := string(text)
	if got, want := submatches(page, `\n## ([a-z-]+)\n\n(\d+)\. `), kinds(); !slices.Equal(got, want) {
		t.Errorf("docs/errors.md explains\n  %q\nthe handler answers with\n  %q", got, want)
	}
	var listed []string
	for _, row := range submatches(page, `\n\| (\[.*) \| (\d+) \|`) {
		cells := strings.Split(row, " ")
		for _, name := range submatches(row, `\[([a-z-]+)\]\(#`) {
			if !strings.Contains(row, "["+name+"](#"+name+")") {
				t.Errorf("docs/errors.md has a wrong link for %s", name)
			}
			listed = append(listed, name+" "+cells[len(cells)-1])
		}
	}
	slices.Sort(listed)
	if want := kinds(); !slices.Equal(listed, want) {
		t.Errorf("docs/errors.md lists\n  %q\nthe handler answers with\n  %q", listed, want)
	}
}

// openapi.yaml knows each type of problem: it lists them all, and has a schema with the status for each that an operation has.
func TestErrorsAreDescribed(t *testing.T) {
	t.Parallel()
	var names []string
	for _, k := range kinds() {
		name, _, _ := strings.Cut(k, " ")
		names = append(names, name)
	}
	_, list, _ := strings.Cut(string(openapi), "docs/errors.md explains each.\n          enum:\n")
	list, _, _ = strings.Cut(list, "        title:")
	if got := submatches(list, `- ([a-z-]+)\n`); !slices.Equal(got, names) {
		t.Errorf("openapi.yaml lists\n  %q\nthe handler answers with\n  %q", got, names)
	}
	described := submatches(string(openapi), `type: \{const: ([a-z-]+)\}\n +status: \{const: (\d+)\}`)
	for _, m := range submatches(string(openapi), `type: \{enum: \[([a-z, -]+)\]\}\n +status: \{const: (\d+)\}`) {
		enum, status := m[:strings.LastIndex(m, " ")], m[strings.LastIndex(m, " "):]
		for name := range strings.SplitSeq(enum, ", ") {
			described = append(described, name+status)
		}
	}
	slices.Sort(described)
	want := slices.DeleteFunc(kinds(), func(k string) bool { // a method that a path hasn't got is no operation
		return k == fmt.Sprint("method-not-allowed ", http.StatusMethodNotAllowed)
	})
	if got := slices.Compact(described); !slices.Equal(got, want) {
		t.Errorf("openapi.yaml describes\n  %q\nthe handler answers with\n  %q", got, want)
	}
}
