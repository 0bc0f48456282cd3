package examples_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// names are the examples, in the order in which they are to be read.
var names = []string{"counter-basic", "counter-cqrs", "counter-cqrs-lazy", "counter-optimistic-concurrency", "counter-snapshot", "leaderboard", "ice-cream-truck", "notifications"}

// beside is one that only deploys, onto a store that is there: the tests of package e2e do.
const beside = "own-views"

// readme is what an example's README has somebody type, and shows of its code.
type readme struct {
	run      string    // the command that runs it on one machine
	talk     []command // those that are given then, with what they print
	listings []listing
}

// command is a command, and what the README says that it prints.
type command struct{ line, output string }

// listing is a part of a file.
type listing struct{ file, text string }

// deploying is how every example is deployed, but for its name.
const deploying = "cd examples/NAME\nCGO_ENABLED=0 sam build\nsam deploy --guided\n"

// read takes a README apart. Every block of it is one of those that are tested, or a picture.
func read(t *testing.T, name string) (r readme) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(name, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(text), "```")
	if len(blocks)%2 == 0 {
		t.Fatalf("%s: a block doesn't end", name)
	}
	deployed := false
	for i := 1; i < len(blocks); i += 2 {
		language, block, _ := strings.Cut(blocks[i], "\n")
		switch language {
		case "mermaid":
		case "":
			r.talk = append(r.talk, commands(t, block)...)
		case "sh":
			switch {
			case block == strings.ReplaceAll(deploying, "NAME", name):
				deployed = true
			case strings.HasPrefix(block, "go run ./examples/"+name) && r.run == "":
				r.run = strings.TrimSpace(block)
			default:
				t.Errorf("%s: no test runs the block\n%s", name, block)
			}
		default:
			r.listings = append(r.listings, listing{file(t, name, blocks[i-1]), block})
		}
	}
	if r.run == "" || len(r.talk) == 0 || len(r.listings) == 0 || !deployed {
		t.Errorf("%s: the README lacks how to run it, what to try, code, or how to deploy it: %+v", name, r)
	}
	return r
}

// file is the one that a comment before a block names: <!-- counter/counter.go -->.
func file(t *testing.T, name, before string) string {
	t.Helper()
	i := strings.LastIndex(before, "<!-- ")
	file, rest, ok := strings.Cut(before[max(i, 0):], " -->")
	if i < 0 || !ok || strings.TrimSpace(rest) != "" {
		t.Fatalf("%s: a listing doesn't say which file it is of, behind\n%s", name, before)
	}
	return filepath.Join(name, filepath.FromSlash(strings.TrimPrefix(file, "<!-- ")))
}

// commands are the lines that begin with "$ ", each with the lines up to the next empty one.
func commands(t *testing.T, block string) (all []command) {
	t.Helper()
	for part := range strings.SplitSeq(strings.TrimSpace(block), "\n\n$ ") {
		line, output, ok := strings.Cut(strings.TrimPrefix(part, "$ "), "\n")
		if !ok {
			t.Fatalf("%q prints nothing", part)
		}
		all = append(all, command{line, output})
	}
	return all
}

// Every listing is a part of a file that is compiled and tested, or deployed.
func TestListingsAreCode(t *testing.T) {
	t.Parallel()
	for _, name := range names {
		for _, l := range read(t, name).listings {
			text, err := os.ReadFile(l.file)
			if err != nil {
				t.Errorf("%s: %v", name, err)
			} else if !strings.Contains(string(text), l.text) {
				t.Errorf("%s has no such part any more:\n%s", l.file, l.text)
			}
		}
	}
}

// The list of the examples has all of them, and links to each.
func TestEveryExampleIsListed(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	folders, err := filepath.Glob("*/README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range folders {
		if name := filepath.Dir(folder); !slices.Contains(names, name) && name != beside {
			t.Errorf("%s isn't tested", name)
		}
	}
	at := -1
	for _, name := range append(slices.Clone(names), beside) {
		next := strings.Index(string(text), "[`"+name+"`]("+name+")")
		if next <= at {
			t.Errorf("README.md doesn't list %s, or not in its place", name)
		}
		at = next
	}
}
