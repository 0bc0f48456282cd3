package permissions_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/aeon-es/aeon/internal/testenv/toolsdir"
)

// permission is that a function may do something to something, such as {"AppendFunction", "dynamodb:PutItem", "EventsTable"}.
// Resources are named as in the template; those of a table are EventsTable/index/byPosition and EventsTable/stream.
type permission struct{ function, action, resource string }

func (p permission) String() string { return p.function + " " + p.action + " " + p.resource }

// template is the template that is deployed, as YAML: the resources by their names.
type template map[string]*yaml.Node

func readTemplate(t *testing.T) template {
	t.Helper()
	root, err := toolsdir.Root()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "template.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		Resources yaml.Node `yaml:"Resources"`
	}
	if err := yaml.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	return fields(&document.Resources)
}

// fields are those of a mapping.
func fields(n *yaml.Node) map[string]*yaml.Node {
	all := map[string]*yaml.Node{}
	if n == nil || n.Kind != yaml.MappingNode {
		return all
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		all[n.Content[i].Value] = n.Content[i+1]
	}
	return all
}

// at goes down into mappings; nil where there is nothing.
func at(n *yaml.Node, path ...string) *yaml.Node {
	for _, name := range path {
		n = fields(n)[name]
	}
	return n
}

// list is a sequence's elements, or the one that stands for such a sequence.
func list(n *yaml.Node) []*yaml.Node {
	if n == nil {
		return nil
	}
	if n.Kind == yaml.SequenceNode {
		return n.Content
	}
	return []*yaml.Node{n}
}

// branch is what an !If stands for when its condition holds, which grants the more.
func branch(n *yaml.Node) *yaml.Node {
	if n != nil && n.Tag == "!If" {
		return n.Content[1]
	}
	return n
}

func kind(n *yaml.Node) string {
	if k := at(n, "Type"); k != nil {
		return k.Value
	}
	return ""
}

// owners are the functions by their roles. An error tells which function has none to itself.
func (t template) owners() (owners map[string]string, err error) {
	owners = map[string]string{}
	for name, resource := range t {
		if kind(resource) != "AWS::Serverless::Function" {
			continue
		}
		role := at(resource, "Properties", "Role")
		if role == nil || role.Tag != "!GetAtt" || at(resource, "Properties", "Policies") != nil {
			err = errors.Join(err, fmt.Errorf("%s has no role of its own, or policies beside it", name))
			continue
		}
		owned, _, _ := strings.Cut(role.Value, ".")
		if other := owners[owned]; other != "" {
			err = errors.Join(err, fmt.Errorf("%s and %s share %s", name, other, owned))
		}
		owners[owned] = name
	}
	return owners, err
}

// granted are the permissions that the template gives to its functions. An error tells what it can't be sure of.
func (t template) granted() (all []permission, err error) {
	owners, err := t.owners()
	for name, resource := range t {
		if kind(resource) != "AWS::IAM::Role" {
			if strings.HasPrefix(kind(resource), "AWS::IAM::") {
				err = errors.Join(err, fmt.Errorf("%s is of %s: policies belong into the roles", name, kind(resource)))
			}
			continue
		}
		of, wrong := permissions(owners[name], at(resource, "Properties"))
		all = append(all, of...)
		if owners[name] == "" {
			wrong = errors.Join(wrong, errors.New("it is no function's"))
		}
		if wrong != nil {
			err = errors.Join(err, fmt.Errorf("%s: %w", name, wrong))
		}
	}
	return all, err
}

// permissions are those of one role.
func permissions(function string, role *yaml.Node) (all []permission, err error) {
	if managed := at(role, "ManagedPolicyArns"); managed != nil {
		err = errors.New("managed policies grant what nobody here decides")
	}
	for _, policy := range list(at(role, "Policies")) {
		for _, s := range list(at(branch(policy), "PolicyDocument", "Statement")) {
			of, wrong := statement(function, s)
			all, err = append(all, of...), errors.Join(err, wrong)
		}
	}
	return all, err
}

func statement(function string, s *yaml.Node) (all []permission, err error) {
	if effect := at(s, "Effect"); effect == nil || effect.Value != "Allow" || at(s, "NotAction") != nil || at(s, "NotResource") != nil {
		return nil, fmt.Errorf("line %d: a statement that doesn't just allow something", s.Line)
	}
	for _, action := range list(at(s, "Action")) {
		for _, node := range list(at(s, "Resource")) {
			resource, err := resourceOf(node)
			if err != nil {
				return nil, err
			}
			all = append(all, permission{function, action.Value, resource})
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("line %d: a statement that allows nothing", s.Line)
	}
	return all, nil
}

var arnOfTable = regexp.MustCompile(`^\$\{(\w+)\.Arn\}(/(?:index|stream)/[\w*]+)$`)

// resourceOf names what an ARN in a policy is of.
func resourceOf(n *yaml.Node) (string, error) {
	switch n.Tag {
	case "!GetAtt":
		name, attribute, _ := strings.Cut(n.Value, ".")
		if attribute == "Arn" {
			return name, nil
		}
		if attribute == "StreamArn" {
			return name + "/stream", nil
		}
	case "!Ref":
		return n.Value, nil
	case "!Sub":
		if m := arnOfTable.FindStringSubmatch(n.Value); m != nil {
			return m[1] + m[2], nil
		}
	case "!!str":
		if n.Value == "*" {
			return n.Value, nil
		}
	}
	return "", fmt.Errorf("line %d: %s %q: nobody knows here what that is", n.Line, n.Tag, n.Value)
}
