// Package template reads template.yaml for tests, as it is written: functions such as !If and !Sub are tags of YAML nodes.
package template

import (
	"os"
	"path/filepath"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/aeon-es/aeon/internal/testenv/toolsdir"
)

// Read gives what one of the template's sections holds, such as "Resources", by name.
func Read(tb testing.TB, section string) map[string]*yaml.Node {
	tb.Helper()
	root, err := toolsdir.Root()
	if err != nil {
		tb.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "template.yaml"))
	if err != nil {
		tb.Fatal(err)
	}
	var document map[string]yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		tb.Fatal(err)
	}
	node := document[section]
	if len(Fields(&node)) == 0 {
		tb.Fatalf("template.yaml has no %s", section)
	}
	return Fields(&node)
}

// Fields are those of a mapping; none of anything else.
func Fields(n *yaml.Node) map[string]*yaml.Node {
	all := map[string]*yaml.Node{}
	if n == nil || n.Kind != yaml.MappingNode {
		return all
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		all[n.Content[i].Value] = n.Content[i+1]
	}
	return all
}

// At goes down into mappings; nil where there is nothing.
func At(n *yaml.Node, path ...string) *yaml.Node {
	for _, name := range path {
		n = Fields(n)[name]
	}
	return n
}

// Value is the text of a scalar, further down in mappings; "" where there is none.
func Value(n *yaml.Node, path ...string) string {
	if n = At(n, path...); n == nil || n.Kind != yaml.ScalarNode {
		return ""
	}
	return n.Value
}

// List is a sequence's elements, or the one thing that stands for such a sequence.
func List(n *yaml.Node) []*yaml.Node {
	if n == nil {
		return nil
	}
	if n.Kind == yaml.SequenceNode && n.Tag != "!If" {
		return n.Content
	}
	return []*yaml.Node{n}
}

// Branch is what an !If stands for when its condition holds, and anything else itself.
func Branch(n *yaml.Node) *yaml.Node {
	if n != nil && n.Tag == "!If" {
		return n.Content[1]
	}
	return n
}
