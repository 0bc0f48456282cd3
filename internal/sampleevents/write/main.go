// Command write writes the sample events of the Lambda functions into the folder events, and removes those that there are no more.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/aeon-es/aeon/internal/sampleevents"
	"github.com/aeon-es/aeon/internal/testenv/toolsdir"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	root, err := toolsdir.Root()
	if err != nil {
		return err
	}
	folder, files := filepath.Join(root, "events"), sampleevents.Files()
	there, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, f := range there {
		if _, wanted := files[f.Name()]; !wanted && f.Name() != "env.json" && strings.HasSuffix(f.Name(), ".json") {
			if err := os.Remove(filepath.Join(folder, f.Name())); err != nil {
				return err
			}
		}
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o644); err != nil { //nolint:gosec // they are for everybody
			return err
		}
	}
	return nil
}
