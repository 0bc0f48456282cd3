package bus

import (
	"errors"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Rule is a rule of a bus.
type Rule struct {
	Pattern Pattern `json:"pattern"`
	// Target is the logical name of what the template sends its entries to.
	Target string `json:"target"`
}

// Rules are those of a CloudFormation template, by their logical names.
func Rules(template []byte) (map[string]Rule, error) {
	var t struct {
		Resources map[string]struct {
			Type       string `yaml:"Type"`
			Properties struct {
				EventPattern map[string]any `yaml:"EventPattern"`
				Targets      []struct {
					ARN string `yaml:"Arn"`
				} `yaml:"Targets"`
			} `yaml:"Properties"`
		} `yaml:"Resources"`
	}
	if err := yaml.Unmarshal(template, &t); err != nil {
		return nil, fmt.Errorf("read the template: %w", err)
	}
	rules := map[string]Rule{}
	for name, r := range t.Resources {
		if r.Type != "AWS::Events::Rule" {
			continue
		}
		if len(r.Properties.Targets) != 1 || len(r.Properties.EventPattern) == 0 {
			return nil, fmt.Errorf("rule %s has no pattern, or not one target", name)
		}
		pattern := Pattern(r.Properties.EventPattern)
		if err := pattern.check(); err != nil {
			return nil, fmt.Errorf("rule %s: %w", name, err)
		}
		rules[name] = Rule{pattern, strings.TrimSuffix(r.Properties.Targets[0].ARN, ".Arn")}
	}
	if len(rules) == 0 {
		return nil, errors.New("the template has no rules")
	}
	return rules, nil
}
