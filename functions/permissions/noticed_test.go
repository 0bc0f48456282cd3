package permissions_test

import (
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/aeon-es/aeon/internal/testenv/template"
)

// expectNoticed takes each action out of the roles, one after another, and puts others in: the comparison has to notice each time.
func expectNoticed(t *testing.T, parsed resources, granted []permission, used map[permission]int) {
	t.Helper()
	tried := 0
	for _, s := range parsed.statements(t) {
		actions := template.At(s.node, "Action")
		before := actions.Content
		for i, action := range before {
			tried++
			actions.Content = slices.Delete(slices.Clone(before), i, i+1)
			if len(actions.Content) > 0 { // else it is a statement that allows nothing, which is an error
				parsed.expectDifference(t, used, s.function, action.Value)
			}
		}
		for _, action := range []string{"dynamodb:DeleteItem", "dynamodb:UpdateItem", "dynamodb:*", "sqs:PurgeQueue", "events:PutRule", "kms:Encrypt"} {
			if slices.ContainsFunc(before, func(n *yaml.Node) bool { return n.Value == action }) {
				continue
			}
			tried++
			actions.Content = append(slices.Clone(before), &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: action})
			parsed.expectDifference(t, used, s.function, action)
		}
		actions.Content = before
	}
	if tried < 2*len(granted) {
		t.Errorf("only %d changes were tried", tried)
	}
	if again, err := parsed.granted(); err != nil || len(again) != len(granted) {
		t.Errorf("the template is not as it was: %v", err)
	}
}

// owned is a statement of a function's role.
type owned struct {
	function string
	node     *yaml.Node
}

// statements are those of all roles.
func (r resources) statements(t *testing.T) (all []owned) {
	t.Helper()
	owners, err := r.owners()
	if err != nil {
		t.Fatal(err)
	}
	for role, function := range owners {
		for _, policy := range template.List(template.At(r[role], "Properties", "Policies")) {
			for _, s := range template.List(template.At(template.Branch(policy), "PolicyDocument", "Statement")) {
				all = append(all, owned{function, s})
			}
		}
	}
	return all
}

func (r resources) expectDifference(t *testing.T, used map[permission]int, function, action string) {
	t.Helper()
	granted, err := r.granted()
	if err != nil {
		t.Fatal(err)
	}
	differences := compare(granted, used, byAWS)
	if !slices.ContainsFunc(differences, func(d string) bool { return strings.HasPrefix(d, function+" "+action+" ") }) {
		t.Errorf("%s: %s is put in or taken out, and nobody notices", function, action)
	}
}
