package newapp_test

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/aeon-es/aeon/internal/newapp"
	"github.com/aeon-es/aeon/store"
)

func TestMake(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "shop")
	if err := newapp.Make(folder, newapp.App{Name: "shop", Module: "example.com/shop", Version: "v1.2.3"}); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{
		"go.mod":                       "module example.com/shop\n\ngo 1.26.0\n\nrequire github.com/aeon-es/aeon v1.2.3\n",
		"template.yaml":                "  shop, on Aeon: an event store",
		"samconfig.toml":               "stack_name = \"shop-dev\"",
		"functions/build/functions.mk": "build-CommandsFunction: function := commands",
		"cmd/shop/main.go":             "\"example.com/shop/views\"",
		".github/workflows/ci.yaml":    "go test",
		".gitignore":                   "/.aws-sam/",
		"events/env.json":              "EVENTS_TABLE",
	} {
		text, err := os.ReadFile(filepath.Join(folder, filepath.FromSlash(file)))
		if err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s has no %q: %v", file, want, err)
		}
		if strings.Contains(string(text), "[[.") {
			t.Errorf("%s is not filled in", file)
		}
	}
}

// What the application's CI runs is of certain versions, those that Aeon's own CI and tools are of.
func TestCIIsPinned(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "shop")
	if err := newapp.Make(folder, newapp.App{Name: "shop"}); err != nil {
		t.Fatal(err)
	}
	text := read(t, folder, ".github/workflows/ci.yaml")
	own := read(t, "../..", ".github/workflows/ci.yml") + read(t, "../..", "tools/sam/requirements.txt")
	all := regexp.MustCompile(`uses: (.*)|pipx install (.*)`).FindAllStringSubmatch(text, -1)
	if len(all) != 3 {
		t.Errorf("it uses %q", all)
	}
	for _, what := range all {
		if !strings.Contains(own, what[1]+what[2]) {
			t.Errorf("%s is not what Aeon itself uses", what[0])
		}
	}
}

func read(t *testing.T, folder, file string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, filepath.FromSlash(file)))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestMakeRefuses(t *testing.T) {
	t.Parallel()
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "mine"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		folder string
		app    newapp.App
		want   string
	}{
		"no name":         {"", newapp.App{}, `NAME: "" is not`},
		"a bad name":      {"", newapp.App{Name: "Shop/1"}, `NAME: "Shop/1" is not`},
		"a bad module":    {"", newapp.App{Name: "shop", Module: "shop//x"}, "module: "},
		"no such source":  {"", newapp.App{Name: "shop", Replace: "/no/such"}, "replace: "},
		"what isn't free": {full, newapp.App{Name: "shop"}, "is there already"},
	} {
		if tc.folder == "" {
			tc.folder = filepath.Join(t.TempDir(), "new")
		}
		err := newapp.Make(tc.folder, tc.app)
		if !errors.Is(err, store.ErrInvalid) || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
		if left, err := os.ReadDir(tc.folder); err == nil && len(left) > 1 {
			t.Errorf("%s: %d files were made", name, len(left))
		}
	}
}
