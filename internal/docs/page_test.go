package docs_test

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"unicode"

	"github.com/aeon-es/aeon/internal/testenv/toolsdir"
)

// page is a file of Markdown.
type page struct {
	path    string // in the repository
	anchors map[string]bool
	links   []link
	blocks  []block
}

// link is one that isn't to another site.
type link struct {
	line   int
	target string
}

// block is a fenced block.
type block struct {
	line           int
	language, text string
	marker         string // what the comment before it says; "" if there is none
}

var (
	heading  = regexp.MustCompile(`^#{1,6} +(.*)$`)
	fence    = regexp.MustCompile("^ *```(.*)$")
	comment  = regexp.MustCompile(`^ *<!-- (.*) -->$`)
	code     = regexp.MustCompile("`[^`]*`")
	linked   = regexp.MustCompile(`\]\(([^)\s]+)(?: "[^"]*")?\)|^\[[^\]]+\]: *(\S+)|(?:src|href)="([^"]+)"`)
	shown    = regexp.MustCompile(`!?\[([^\]]*)\]\([^)]*\)`)
	external = regexp.MustCompile(`^[a-z]+:`)
)

// read takes a page apart.
func read(name, text string) (*page, error) {
	p := &page{path: name, anchors: map[string]bool{}}
	var inside *block
	before := ""
	for i, line := range strings.Split(text, "\n") {
		found := fence.FindStringSubmatch(line)
		switch {
		case found != nil && inside == nil:
			p.blocks = append(p.blocks, block{line: i + 1, language: found[1], marker: before})
			inside = &p.blocks[len(p.blocks)-1]
		case found != nil:
			inside = nil
		case inside != nil:
			inside.text += line + "\n"
		default:
			p.outside(i+1, line)
		}
		if strings.TrimSpace(line) != "" {
			if before = ""; comment.MatchString(line) {
				before = comment.FindStringSubmatch(line)[1]
			}
		}
	}
	if inside != nil {
		return nil, fmt.Errorf("%s:%d: a block doesn't end", name, inside.line)
	}
	return p, nil
}

// outside reads a line that is in no block.
func (p *page) outside(number int, line string) {
	if found := heading.FindStringSubmatch(line); found != nil {
		p.addAnchor(found[1])
	}
	for _, found := range linked.FindAllStringSubmatch(code.ReplaceAllString(line, ""), -1) {
		target := found[1] + found[2] + found[3]
		if !external.MatchString(target) {
			p.links = append(p.links, link{number, target})
		}
	}
}

// addAnchor adds the one by which a heading is linked to, as GitHub makes it.
func (p *page) addAnchor(title string) {
	var slug strings.Builder
	for _, r := range strings.ToLower(shown.ReplaceAllString(title, "$1")) {
		switch {
		case r == ' ':
			slug.WriteRune('-')
		case r == '-', r == '_', unicode.IsLetter(r), unicode.IsNumber(r):
			slug.WriteRune(r)
		}
	}
	anchor := slug.String()
	for n := 1; p.anchors[anchor]; n++ {
		anchor = fmt.Sprintf("%s-%d", slug.String(), n)
	}
	p.anchors[anchor] = true
}

var root = sync.OnceValues(toolsdir.Root)

// textOf is a file of the repository.
func textOf(t *testing.T, name string) string {
	t.Helper()
	folder, err := root()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(folder, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// files are those of the repository whose names end so, by their paths in it. Folders that are hidden, or that commands make, aren't its.
func files(t *testing.T, suffix string) (names []string) {
	t.Helper()
	folder, err := root()
	if err != nil {
		t.Fatal(err)
	}
	err = fs.WalkDir(os.DirFS(folder), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != "." && (strings.HasPrefix(entry.Name(), ".") || name == "dist" || entry.Name() == "node_modules"):
			return fs.SkipDir
		case !entry.IsDir() && strings.HasSuffix(name, suffix):
			names = append(names, name)
		}
		return nil
	})
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	return names
}

// pages are all pages of the repository, by their paths.
func pages(t *testing.T) map[string]*page {
	t.Helper()
	all := map[string]*page{}
	for _, name := range files(t, ".md") {
		p, err := read(name, textOf(t, name))
		if err != nil {
			t.Fatal(err)
		}
		all[name] = p
	}
	return all
}

// to is where a link leads: a path of the repository, and a place in it.
func (p *page) to(l link) (target, anchor string) {
	target, anchor, _ = strings.Cut(l.target, "#")
	if target == "" {
		return p.path, anchor
	}
	return path.Join(path.Dir(p.path), target), anchor
}
