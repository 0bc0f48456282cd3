package toolsdir

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRootHoldsTheModule(t *testing.T) {
	root, err := Root()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(root, "go.mod")); err != nil {
		t.Errorf("Root() = %s, which is not the repository: %v", root, err)
	}
}

func TestRootOutsideTheRepository(t *testing.T) {
	dir := t.TempDir()
	if root, err := rootAbove(dir); err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("rootAbove(%s) = %q, %v; want an error naming the folder", dir, root, err)
	}
}

func TestPathOfAnInstalledComponent(t *testing.T) {
	root := t.TempDir()
	write(t, filepath.Join(root, ".tools", "sam", ".stamp"))
	write(t, filepath.Join(root, ".tools", "sam", "bin", "sam"))

	got, err := pathIn(root, "sam", "bin", "sam")
	if want := filepath.Join(root, ".tools", "sam", "bin", "sam"); err != nil || got != want {
		t.Errorf("pathIn = %q, %v; want %q", got, err, want)
	}
}

func TestPathOfWhatIsMissing(t *testing.T) {
	root := t.TempDir()
	write(t, filepath.Join(root, ".tools", "half", "bin", "half")) // no stamp: its installation was cut short
	write(t, filepath.Join(root, ".tools", "whole", ".stamp"))

	for _, component := range []string{"absent", "half", "whole"} {
		_, err := pathIn(root, component, "bin", component)
		if _, ok := errors.AsType[*NotInstalledError](err); !ok {
			t.Errorf("pathIn of %s: %v; want a NotInstalledError", component, err)
			continue
		}
		if want := "tools/install " + component; !strings.Contains(err.Error(), want) {
			t.Errorf("the error %q doesn't say to run %q", err, want)
		}
	}
}

func write(t *testing.T, path string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
}
