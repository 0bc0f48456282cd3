package functions

import (
	"slices"
	"strings"
	"testing"

	"github.com/aeon-es/aeon/internal/testenv/template"
)

// overrides are the parameters that samconfig.toml gives in an environment.
func overrides(t *testing.T, environment string) map[string]string {
	t.Helper()
	_, section, found := strings.Cut(textOf(t, "samconfig.toml"), "\n["+environment+".global.parameters]\n")
	_, rest, given := strings.Cut(section, "parameter_overrides = \"")
	line, _, ended := strings.Cut(rest, "\"\n")
	if !found || !given || !ended {
		t.Fatalf("samconfig.toml gives no parameters in %s", environment)
	}
	all := map[string]string{}
	for _, pair := range strings.Fields(line) {
		name, value, _ := strings.Cut(pair, "=")
		all[name] = value
	}
	return all
}

// The environments give parameters that there are, and values that they take; prod protects what it has.
func TestEnvironments(t *testing.T) {
	t.Parallel()
	parameters := template.Read(t, "Parameters")
	for _, environment := range []string{"default", "dev", "prod"} {
		for name, value := range overrides(t, environment) {
			var allowed []string
			for _, n := range template.List(template.At(parameters[name], "AllowedValues")) {
				allowed = append(allowed, n.Value)
			}
			if parameters[name] == nil || allowed != nil && !slices.Contains(allowed, value) {
				t.Errorf("%s: there is no parameter %s that takes %q: %v", environment, name, value, allowed)
			}
		}
	}
	if prod := overrides(t, "prod"); prod["DeletionProtection"] != "true" || prod["ApiAuth"] == "NONE" {
		t.Errorf("prod: %v", prod)
	}
}
