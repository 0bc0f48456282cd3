package docs_test

import (
	"regexp"
	"strings"
	"testing"
)

// The READMEs of the examples, whose listings have rules and tests of their own, in package examples.
var elsewhere = regexp.MustCompile(`^examples/`)

var testFunction = regexp.MustCompile(`^func ((?:Test|Example|Benchmark)\w*)\(`)

// testFunctions are the names of all tests and examples.
func testFunctions(t *testing.T) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	for _, name := range files(t, "_test.go") {
		for line := range strings.Lines(textOf(t, name)) {
			if !strings.HasPrefix(line, "func ") {
				continue
			}
			if found := testFunction.FindStringSubmatch(line); found != nil {
				all[found[1]] = true
			}
		}
	}
	return all
}

// Every listing is held by something, or says that nothing holds it. See the package's comment for how.
func TestListings(t *testing.T) {
	t.Parallel()
	functions := testFunctions(t)
	for _, p := range pages(t) {
		if elsewhere.MatchString(p.path) {
			continue
		}
		for _, b := range p.blocks {
			if problem := heldBy(t, b, functions); problem != "" && b.language != "mermaid" {
				t.Errorf("%s:%d: %s:\n%s", p.path, b.line, problem, b.text)
			}
		}
	}
}

// heldBy says what is wrong with a listing; "" if nothing is.
func heldBy(t *testing.T, b block, functions map[string]bool) string {
	t.Helper()
	if file, ok := strings.CutPrefix(b.marker, "part of "); ok {
		if missing := missingIn(textOf(t, file), b.text); missing != "" {
			return file + " has no such lines, from this one on: " + missing
		}
		return ""
	}
	if name, ok := strings.CutPrefix(b.marker, "checked by "); ok {
		if !functions[name] {
			return "there is no test " + name
		}
		return ""
	}
	switch b.marker {
	case "run", "run server":
		if strings.HasPrefix(b.text, "$ ") != (b.marker == "run") || b.language != "" {
			return "what is run is commands behind \"$ \", or one that serves, in a block without a language"
		}
		return ""
	case "commands":
		if wrong := wrongCommand(t, b.text); wrong != "" {
			return "there is no such command or flag, target or folder: " + wrong
		}
		return ""
	case "illustrative":
		return ""
	}
	return "a comment before the listing has to say what holds it"
}

// missingIn is the first line of the part of a listing that a file doesn't have. Indentation and empty lines don't matter. A single line
// may be a part of one.
func missingIn(file, listing string) string {
	if line := strings.TrimSpace(listing); line != "" && !strings.Contains(line, "\n") && strings.Contains(file, line) {
		return ""
	}
	in := "\n" + plain(file)
	for part := range strings.SplitSeq("\n"+plain(listing), "\n…\n") {
		if part = strings.Trim(part, "\n"); part == "" {
			continue
		}
		_, rest, found := strings.Cut(in, "\n"+part+"\n")
		if !found {
			first, _, _ := strings.Cut(part, "\n")
			return first
		}
		in = "\n" + rest
	}
	return ""
}

// plain are a text's lines without what surrounds them, be it that they are comments.
func plain(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(strings.TrimLeft(strings.TrimSpace(line), "/#"))
		if line != "" {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}

// What pages name as tests, examples and benchmarks, to hold what they say, is there.
func TestDocumentedTestsAreThere(t *testing.T) {
	t.Parallel()
	functions := testFunctions(t)
	named := regexp.MustCompile("`((?:Test|Example|Benchmark)\\w+)`")
	for _, p := range pages(t) {
		for _, found := range named.FindAllStringSubmatch(textOf(t, p.path), -1) {
			if !functions[found[1]] {
				t.Errorf("%s names %s, which isn't there", p.path, found[1])
			}
		}
	}
}

// A listing is found in its file whatever its indentation, but only in its order.
func TestMissingIn(t *testing.T) {
	t.Parallel()
	const file = "package x\n\nfunc f() {\n\tone()\n\ttwo()\n\n\tthree()\n}\n"
	for listing, want := range map[string]string{
		"func f() {\n   one()\n   two()\n":      "",
		"one()\ntwo()\nthree()\n":               "",
		"func f() {\n\t// …\n\tthree()\n}\n":    "",
		"two()\n…\none()\n":                     "one()",
		"one()\nthree()\n":                      "one()",
		"hree()\nfour()\n":                      "hree()",
		"package x\n# …\ntwo()\n// …\nfour()\n": "four()",
	} {
		if got := missingIn(file, listing); got != want {
			t.Errorf("%q: got %q, want %q", listing, got, want)
		}
	}
}
