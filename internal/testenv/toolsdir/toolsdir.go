// Package toolsdir finds the real components that tools/install puts into .tools/ of this repository.
package toolsdir

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Root returns the folder of the repository that the working directory lies in.
// A test's working directory is the folder of its package, so this works in every test.
func Root() (string, error) {
	wd, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the repository: %w", err)
	}
	return rootAbove(wd)
}

func rootAbove(dir string) (string, error) {
	for at := dir; ; at = filepath.Dir(at) {
		if _, err := os.Stat(filepath.Join(at, "tools", "install")); err == nil {
			return at, nil
		}
		if at == filepath.Dir(at) {
			return "", fmt.Errorf("find the repository: no folder above %s holds tools/install", dir)
		}
	}
}

// NotInstalledError says that a component, or a part of it, is not in .tools.
type NotInstalledError struct {
	Component string // as tools/install knows it, such as "dynamodb-local"
	Path      string // what was looked for
}

// Error names the component and the command that installs it.
func (e *NotInstalledError) Error() string {
	return fmt.Sprintf("the component %s is not installed (no %s): run tools/install %s", e.Component, e.Path, e.Component)
}

// Path returns the absolute path of a file or folder of an installed component:
// Path("sam", "bin", "sam") is .tools/sam/bin/sam.
// It fails with a [*NotInstalledError] when that isn't there, or when its installation didn't come to its end.
func Path(component string, elem ...string) (string, error) {
	root, err := Root()
	if err != nil {
		return "", err
	}
	return pathIn(root, component, elem...)
}

func pathIn(root, component string, elem ...string) (string, error) {
	dir := filepath.Join(root, ".tools", component)
	wanted := filepath.Join(append([]string{dir}, elem...)...)
	// tools/install writes the stamp last.
	for _, path := range []string{filepath.Join(dir, ".stamp"), wanted} {
		_, err := os.Stat(path)
		if errors.Is(err, os.ErrNotExist) {
			return "", &NotInstalledError{Component: component, Path: path}
		}
		if err != nil {
			return "", fmt.Errorf("find the component %s: %w", component, err)
		}
	}
	return wanted, nil
}
