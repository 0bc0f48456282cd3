package suite

import (
	"os"
	"path/filepath"

	"github.com/aeon-es/aeon/bench/internal/driver"
	"github.com/aeon-es/aeon/bench/internal/ours"
	"github.com/aeon-es/aeon/internal/testenv/toolsdir"
)

// driverName tells a process of this program which contender's driver it is.
const driverName = "BENCH_DRIVER"

// Ours are the drivers that this program is itself.
func Ours() ([]driver.Program, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	var programs []driver.Program
	for _, name := range ours.Names {
		programs = append(programs, driver.Program{Name: name, Path: self, Env: []string{driverName + "=" + name}})
	}
	return programs, nil
}

// Components are what tools/install has to bring for [Theirs].
var Components = []string{"contenders-node", "contenders-python", "contenders-rust"}

// Theirs are the drivers of others' event stores.
func Theirs() ([]driver.Program, error) {
	root, err := toolsdir.Root()
	if err != nil {
		return nil, err
	}
	modules, err := toolsdir.Path("contenders-node", "node_modules")
	if err != nil {
		return nil, err
	}
	python, err := toolsdir.Path("contenders-python", "bin", "python")
	if err != nil {
		return nil, err
	}
	rust, err := toolsdir.Path("contenders-rust", "bin", "dynamo-es")
	if err != nil {
		return nil, err
	}
	script := func(name string) []string { return []string{filepath.Join(root, "bench", "contenders", name)} }
	node := []string{"NODE_PATH=" + modules, "NODE_NO_WARNINGS=1"}
	return []driver.Program{
		{Name: "castore", Path: "node", Args: script("castore.cjs"), Env: node},
		{Name: "event-store-adapter-js", Path: "node", Args: script("event-store-adapter.cjs"), Env: node},
		{Name: "dynamo-es", Path: rust},
		{Name: "eventsourcing-dynamodb", Path: python, Args: script("eventsourcing_driver.py")},
	}, nil
}
