package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/aeon-es/aeon/cli"
	ownviews "github.com/aeon-es/aeon/examples/own-views"
)

// own is the command line of an application.
var own = cli.App{Name: "own", Views: ownviews.Views()}

var (
	assignment = regexp.MustCompile(`^[A-Z_]+=`)
	together   = regexp.MustCompile(`&&| \| |\(|\)`)
	// Other programs, whose arguments aren't looked at.
	others = regexp.MustCompile(`^(aeon-from-typescript|aws|cd|curl|export|sam|sha256sum|source|tar|zcat|\./aeon)$`)
)

// wrongCommand says what can't be typed of a listing of commands; "" if all can.
func wrongCommand(t *testing.T, text string) string {
	t.Helper()
	text = "\n" + strings.ReplaceAll(text, "\\\n", " ")
	if strings.Contains(text, "\n$ ") { // what they print is between them
		text = strings.Join(regexp.MustCompile(`(?m)^\$ .*$`).FindAllString(text, -1), "\n")
	}
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(strings.TrimPrefix(line, "$ "), " #")
		for _, command := range together.Split(line, -1) {
			words := strings.Fields(command)
			for len(words) > 0 && assignment.MatchString(words[0]) {
				words = words[1:]
			}
			if len(words) > 0 && !canBeTyped(t, words) {
				return strings.Join(words, " ")
			}
		}
	}
	return ""
}

// canBeTyped says whether there is what a command names: its verb and flags, its target, its folder.
func canBeTyped(t *testing.T, words []string) bool {
	t.Helper()
	switch words[0] {
	case "aeon", "own", "shop":
		return aeonTakes(words[1:])
	case "make":
		return regexp.MustCompile(`(?m)^` + words[1] + `:`).MatchString(textOf(t, "Makefile"))
	case "tools/install":
		for _, name := range words[1:] {
			if !isThere(t, "tools/"+name) {
				return false
			}
		}
		return true
	case "go":
		last := words[len(words)-1]
		for _, word := range words {
			if strings.HasPrefix(word, "./") {
				last = word
			}
		}
		last, _, _ = strings.Cut(strings.TrimPrefix(last, "github.com/aeon-es/aeon/"), "@")
		return strings.HasSuffix(last, "...") || isThere(t, last)
	}
	return others.MatchString(words[0])
}

// aeonTakes says whether the command line has a command, and its flags.
func aeonTakes(args []string) bool {
	if args[0] == "init" || args[0] == "--version" || args[0] == "--help" { // init is the command aeon's own
		return true
	}
	root := own.Command()
	root.InitDefaultCompletionCmd(args...)
	command, _, err := root.Find(args)
	if err != nil || command == root {
		return false
	}
	for _, arg := range args {
		if name, ok := strings.CutPrefix(arg, "-"); ok && arg != "-" && !hasFlag(command, name) {
			return false
		}
	}
	return true
}

func hasFlag(c *cobra.Command, name string) bool {
	if long, ok := strings.CutPrefix(name, "-"); ok {
		long, _, _ = strings.Cut(long, "=")
		return c.Flag(long) != nil || long == "help"
	}
	return c.Flags().ShorthandLookup(name) != nil || c.InheritedFlags().ShorthandLookup(name) != nil
}

func isThere(t *testing.T, name string) bool {
	t.Helper()
	folder, err := root()
	if err != nil {
		t.Fatal(err)
	}
	_, err = os.Stat(filepath.Join(folder, filepath.FromSlash(name)))
	return err == nil
}

// What can't be typed is noticed.
func TestWrongCommand(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"aeon append k t --expected 1\naeon tail -f --store x # --nothing\n": "",
		"A=b own sweep\n(cd x && sam build)\nmake test PKG=./store/...\n":    "",
		"go run ./cmd/aeon dev\ntools/install sam dynamodb-local\n":          "",
		"$ aeon head k\n12\n\n$ aeon status\nall --nothing\n":                "",
		"go install github.com/aeon-es/aeon/cmd/aeon@latest\n":               "",
		"aeon apend k\n":             "aeon apend k",
		"aeon head k --nothing 1\n":  "aeon head k --nothing 1",
		"aeon head k -q\n":           "aeon head k -q",
		"$ aeon head k\n\n$ aeonn\n": "aeonn",
		"make nothing\n":             "make nothing",
		"tools/install sam sums\n":   "tools/install sam sums",
		"go run ./cmd/nothing\n":     "go run ./cmd/nothing",
	} {
		if got := wrongCommand(t, text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
