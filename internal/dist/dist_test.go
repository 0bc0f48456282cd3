package dist_test

import (
	"archive/zip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aeon-es/aeon/internal/dist"
	"github.com/aeon-es/aeon/internal/testenv/long"
	"github.com/aeon-es/aeon/internal/testenv/toolsdir"
)

// A release is built for this machine, or in the long run for all, and what is in it runs.
func TestBuild(t *testing.T) {
	t.Parallel()
	root, err := toolsdir.Root()
	if err != nil {
		t.Fatal(err)
	}
	here := dist.Target{OS: runtime.GOOS, Arch: runtime.GOARCH}
	r := dist.Release{
		Root: root, Version: "v9.8.7-test.1", Time: time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC), Targets: long.Or(dist.Targets, []dist.Target{here}),
	}
	folder := t.TempDir()
	names, err := r.Build(t.Context(), folder)
	if err != nil {
		t.Fatal(err)
	}
	if len(names) != len(r.Targets)+1 || !slices.Contains(names, dist.Checksums) {
		t.Errorf("it made %v", names)
	}
	check := exec.Command("sha256sum", "--check", "--strict", dist.Checksums)
	check.Dir = folder
	if out, err := check.CombinedOutput(); err != nil || strings.Count(string(out), ": OK") != len(r.Targets) {
		t.Errorf("checksums: %v\n%s", err, out)
	}
	for _, name := range names {
		if strings.HasSuffix(name, ".zip") {
			expectZip(t, filepath.Join(folder, name))
		}
	}
	unpacked := t.TempDir()
	archive := filepath.Join(folder, "aeon_9.8.7-test.1_"+here.OS+"_"+here.Arch+".tar.gz")
	if out, err := exec.Command("tar", "-xzf", archive, "-C", unpacked).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, name := range []string{"aeon", "LICENSE", "README.md", "CHANGELOG.md"} {
		info, err := os.Stat(filepath.Join(unpacked, name))
		if err != nil || !info.ModTime().Equal(r.Time) {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	out, err := exec.Command(filepath.Join(unpacked, "aeon"), "--version").CombinedOutput()
	if err != nil || !strings.HasPrefix(string(out), "aeon v9.8.7-test.1 ") {
		t.Errorf("aeon --version: %s, %v", out, err)
	}
}

func expectZip(t *testing.T, name string) {
	t.Helper()
	z, err := zip.OpenReader(name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = z.Close() }()
	var names []string
	for _, f := range z.File {
		names = append(names, f.Name)
	}
	if !slices.Equal(names, []string{"aeon.exe", "LICENSE", "README.md", "CHANGELOG.md"}) {
		t.Errorf("%s holds %v", name, names)
	}
}

func TestBuildRefuses(t *testing.T) {
	t.Parallel()
	for want, r := range map[string]dist.Release{
		"version":          {Version: "1.2.3", Targets: dist.Targets},
		"no targets":       {Version: "v1.2.3"},
		"target plan9/386": {Version: "v1.2.3", Targets: []dist.Target{{OS: "plan9", Arch: "386"}}},
	} {
		if _, err := r.Build(t.Context(), t.TempDir()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}
