package docs_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/aeon-es/aeon/internal/testenv/template"
)

// section is what a page says under a heading of the second level.
func section(t *testing.T, name, title string) string {
	t.Helper()
	_, text, found := strings.Cut(textOf(t, name), "\n## "+title+"\n")
	if !found {
		t.Fatalf("%s has no heading %q", name, title)
	}
	text, _, _ = strings.Cut(text, "\n## ")
	return text
}

// named are the names in code type of the first column of a section's table.
func named(text string) map[string]bool {
	names := map[string]bool{}
	for _, row := range regexp.MustCompile(`(?m)^\| (.*?) \|`).FindAllStringSubmatch(text, -1) {
		for _, name := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(row[1], -1) {
			names[name[1]] = true
		}
	}
	return names
}

// The page of configuration has the template's parameters, and no others.
func TestParametersAreDocumented(t *testing.T) {
	t.Parallel()
	want := slices.Sorted(maps.Keys(template.Read(t, "Parameters")))
	got := slices.Sorted(maps.Keys(named(section(t, "docs/configuration.md", "The template's parameters"))))
	if !slices.Equal(got, want) {
		t.Errorf("docs/configuration.md has the parameters\n  %v\nthe template\n  %v", got, want)
	}
}

// notForUsers is code that reads variables of its own: tests, what measures, and examples.
var notForUsers = regexp.MustCompile(`^(bench|examples|tools|internal/(dist|interleave|killed|simulation|testenv|trial))/|/testdata/|_test\.go$`)

var (
	variable = regexp.MustCompile(`^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*_?$`)
	long     = regexp.MustCompile(`_`)
	reading  = regexp.MustCompile(`^(Getenv|LookupEnv|Need)$`)
)

// variables are those that the code reads: what it hands to a function that reads them, and each string that can be nothing else.
func variables(t *testing.T) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	for _, name := range files(t, ".go") {
		if notForUsers.MatchString(name) {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, textOf(t, name), parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BasicLit:
				if text := textIn(n); variable.MatchString(text) && long.MatchString(text) {
					found[text] = true
				}
			case *ast.CallExpr:
				if f, ok := n.Fun.(*ast.SelectorExpr); ok && reading.MatchString(f.Sel.Name) && len(n.Args) > 0 {
					if text := textIn(n.Args[0]); text != "" {
						found[text] = true
					}
				}
			}
			return true
		})
	}
	return found
}

// textIn is a string of the code; "" for anything else.
func textIn(e ast.Expr) string {
	literal, ok := e.(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return ""
	}
	text, err := strconv.Unquote(literal.Value)
	if err != nil {
		return ""
	}
	return text
}

// The page of configuration has every environment variable that the code reads, or the template sets, and no others.
func TestVariablesAreDocumented(t *testing.T) {
	t.Parallel()
	page := textOf(t, "docs/configuration.md")
	documented := map[string]bool{}
	for _, title := range []string{"The command line and `aeon dev`", "The functions", "Tests"} {
		maps.Copy(documented, named(section(t, "docs/configuration.md", title)))
	}
	known := variables(t)
	for _, name := range regexp.MustCompile(`(?m)^ +([A-Z]+(?:_[A-Z]+)*): `).FindAllStringSubmatch(textOf(t, "template.yaml"), -1) {
		known[name[1]] = true
	}
	for name := range known {
		prefix, isPrefix := strings.CutSuffix(name, "_")
		if !documented[name] && !notVariables[name] && (!isPrefix || !strings.Contains(page, "`"+prefix)) {
			t.Errorf("docs/configuration.md says nothing about %s", name)
		}
	}
	for name := range documented {
		if variable.MatchString(name) && !known[name] && !readElsewhere[name] {
			t.Errorf("nothing reads %s, of which docs/configuration.md tells", name)
		}
	}
}

// What looks like a variable of the environment and is something else.
var notVariables = map[string]bool{"NEW_IMAGE": true}

// What the code's libraries read.
var readElsewhere = map[string]bool{"NO_COLOR": true, "AWS_ENDPOINT_URL_SQS": true}
