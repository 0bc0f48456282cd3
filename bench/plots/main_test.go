package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// Every plot is drawn of the figures that are there.
func TestDraw(t *testing.T) {
	folder := t.TempDir()
	if err := draw(filepath.Join("..", "..", "docs", "benchmarks", "results.json"), folder); err != nil {
		t.Fatal(err)
	}
	for _, c := range charts {
		drawn, err := os.ReadFile(filepath.Join(folder, c.file))
		if err != nil || !bytes.Contains(drawn, []byte("<svg")) {
			t.Errorf("%s: %v", c.file, err)
		}
	}
	if err := draw("nothing.json", folder); err == nil {
		t.Error("drawn of nothing")
	}
}
