package docs_test

import (
	"os"
	"path"
	"path/filepath"
	"slices"
	"testing"
)

// Every link leads to a file or folder that is there, and to a heading of it.
func TestLinks(t *testing.T) {
	t.Parallel()
	folder, err := root()
	if err != nil {
		t.Fatal(err)
	}
	all := pages(t)
	for _, p := range all {
		for _, l := range p.links {
			target, anchor := p.to(l)
			if _, err := os.Stat(filepath.Join(folder, filepath.FromSlash(target))); err != nil || !filepath.IsLocal(target) {
				t.Errorf("%s:%d: nothing is at %s", p.path, l.line, l.target)
			} else if other := all[target]; other != nil && anchor != "" && !other.anchors[anchor] {
				t.Errorf("%s:%d: %s has no heading for %s", p.path, l.line, target, l.target)
			}
		}
	}
}

// Whoever begins at docs/README.md finds every page.
func TestEveryPageIsFound(t *testing.T) {
	t.Parallel()
	all := pages(t)
	found := map[string]bool{}
	for next := []string{"docs/README.md"}; len(next) > 0; next = next[1:] {
		p := all[next[0]]
		if p == nil {
			p = all[path.Join(next[0], "README.md")] // which is what is shown of a folder
		}
		if p == nil || found[p.path] {
			continue
		}
		found[p.path] = true
		for _, l := range p.links {
			target, _ := p.to(l)
			next = append(next, target)
		}
	}
	for name := range all {
		if !found[name] {
			t.Errorf("no way of links leads from docs/README.md to %s", name)
		}
	}
}

// Pages are read as they are meant to be.
func TestPages(t *testing.T) {
	t.Parallel()
	p, err := read("docs/a.md", "# A `b`: c\n[x](b.md#y) `[no](z)` [`z`](../z \"t\") ![i](i.svg) [out](https://example.com)\n"+
		"## [A](q) b-c\n## a bc\n## a bc\n```go\n# no heading\n[no](no)\n```\n<!-- part of x.go -->\n\n   ```go\n   f()\n   ```\n[r]: r.md\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, anchor := range []string{"a-b-c", "a-b-c-1", "a-bc", "a-bc-1"} {
		if !p.anchors[anchor] {
			t.Errorf("no anchor %s in %v", anchor, p.anchors)
		}
	}
	want := []link{{2, "b.md#y"}, {2, "../z"}, {2, "i.svg"}, {3, "q"}, {15, "r.md"}}
	if !slices.Equal(p.links, want) || len(p.anchors) != 4 {
		t.Errorf("got %v, %v, want %v", p.links, p.anchors, want)
	}
	blocks := []block{{line: 6, language: "go", text: "# no heading\n[no](no)\n"}, {line: 12, language: "go", text: "   f()\n", marker: "part of x.go"}}
	if !slices.Equal(p.blocks, blocks) {
		t.Errorf("got %+v", p.blocks)
	}
	if target, anchor := p.to(link{target: "../store#x"}); target != "store" || anchor != "x" {
		t.Error(target, anchor)
	}
	if _, err := read("x.md", "```\n"); err == nil {
		t.Error("a block without end is read")
	}
}
