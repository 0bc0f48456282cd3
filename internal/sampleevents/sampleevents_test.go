package sampleevents_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aeon-es/aeon/internal/sampleevents"
)

// What is in the folder events is what this package makes.
func TestCommittedIsWhatIsMade(t *testing.T) {
	t.Parallel()
	folder := filepath.Join("..", "..", "events")
	files := sampleevents.Files()
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("events/%s is not what is made (%v): run make events", name, err)
		}
	}
	there, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range there {
		if _, made := files[f.Name()]; !made && f.Name() != "env.json" {
			t.Errorf("events/%s is made by nothing: run make events", f.Name())
		}
	}
}

// Every function has samples, among them what it can't take; each is explained, and none is there twice.
func TestSamplesOfEachFunction(t *testing.T) {
	t.Parallel()
	malformed, names := map[string]bool{}, []string{}
	for _, s := range sampleevents.All() {
		names = append(names, s.File)
		if s.About == "" || s.Answered == "" {
			t.Errorf("%s isn't explained", s.File)
		}
		malformed[s.Function()] = malformed[s.Function()] || s.Want != nil && s.Want.Error != ""
	}
	for _, function := range []string{"AppendFunction", "QueryFunction", "ProjectFunction", "RedriveFunction", "PublishFunction"} {
		if !malformed[function] {
			t.Errorf("%s: no sample that it can't take (%s)", function, strings.Join(names, " "))
		}
	}
	if slices.Sort(names); len(slices.Compact(slices.Clone(names))) != len(names) {
		t.Errorf("a file is there twice: %v", names)
	}
}
