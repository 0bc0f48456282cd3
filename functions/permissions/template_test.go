package permissions_test

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/aeon-es/aeon/internal/testenv/template"
)

// permission is that a function may do something to something, such as {"AppendFunction", "dynamodb:PutItem", "EventsTable"}.
// Resources are named as in the template; those of a table are EventsTable/index/byPosition and EventsTable/stream.
type permission struct{ function, action, resource string }

func (p permission) String() string { return p.function + " " + p.action + " " + p.resource }

// resources are those of the template, by their names.
type resources map[string]*yaml.Node

// owners are the functions by their roles. An error tells which function has none to itself.
func (r resources) owners() (owners map[string]string, err error) {
	owners = map[string]string{}
	for name, resource := range r {
		if template.Value(resource, "Type") != "AWS::Serverless::Function" {
			continue
		}
		role := template.At(resource, "Properties", "Role")
		if role == nil || role.Tag != "!GetAtt" || template.At(resource, "Properties", "Policies") != nil {
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
func (r resources) granted() (all []permission, err error) {
	owners, err := r.owners()
	for name, resource := range r {
		if template.Value(resource, "Type") != "AWS::IAM::Role" {
			if strings.HasPrefix(template.Value(resource, "Type"), "AWS::IAM::") {
				err = errors.Join(err, fmt.Errorf("%s is of %s: policies belong into the roles", name, template.Value(resource, "Type")))
			}
			continue
		}
		of, wrong := permissions(owners[name], template.At(resource, "Properties"))
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
	if managed := template.At(role, "ManagedPolicyArns"); managed != nil {
		err = errors.New("managed policies grant what nobody here decides")
	}
	for _, policy := range template.List(template.At(role, "Policies")) {
		for _, s := range template.List(template.At(template.Branch(policy), "PolicyDocument", "Statement")) {
			of, wrong := statement(function, s)
			all, err = append(all, of...), errors.Join(err, wrong)
		}
	}
	return all, err
}

func statement(function string, s *yaml.Node) (all []permission, err error) {
	if effect := template.At(s, "Effect"); effect == nil || effect.Value != "Allow" || template.At(s, "NotAction") != nil || template.At(s, "NotResource") != nil {
		return nil, fmt.Errorf("line %d: a statement that doesn't just allow something", s.Line)
	}
	for _, action := range template.List(template.At(s, "Action")) {
		for _, node := range template.List(template.At(s, "Resource")) {
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
