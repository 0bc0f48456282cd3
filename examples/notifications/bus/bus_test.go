package bus

import (
	"os"
	"strings"
	"testing"
)

func entryOf(source, kind, key string) map[string]any {
	return map[string]any{"source": source, "detail-type": kind, "detail": map[string]any{"key": key, "type": kind}}
}

// The template's rules let pass what the README says.
func TestRules(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	rules, err := Rules(text)
	if err != nil || len(rules) != 2 || rules["ToWarehouse"].Target != "WarehouseQueue" || rules["ToCustomers"].Target != "WebhookQueue" {
		t.Fatalf("%+v (%v)", rules, err)
	}
	for _, c := range []struct {
		entry                map[string]any
		warehouse, customers bool
	}{
		{entryOf("aeon", "placed", "order/de/1"), true, false},
		{entryOf("aeon", "shipped", "order/de/1"), true, true},
		{entryOf("aeon", "shipped", "order/fr/1"), false, true},
		{entryOf("aeon", "cancelled", "order/dex/1"), false, true},
		{entryOf("aeon", "cancelled", "subscription/1"), false, false},
		{entryOf("shop", "shipped", "order/de/1"), false, false},
		{map[string]any{"source": "aeon", "detail-type": "shipped"}, false, false},
	} {
		if w, cs := rules["ToWarehouse"].Pattern.Matches(c.entry), rules["ToCustomers"].Pattern.Matches(c.entry); w != c.warehouse || cs != c.customers {
			t.Errorf("%v: warehouse %v, customers %v", c.entry, w, cs)
		}
	}
}

// A pattern that would mean something else here than on AWS is refused.
func TestUnknownPatterns(t *testing.T) {
	t.Parallel()
	for _, pattern := range []string{`{ source: [{ anything-but: aeon }] }`, `{ source: aeon }`, `{ detail: { total: [1] } }`, `{ detail: { key: [{ prefix: a, suffix: b }] } }`} {
		text := "Resources: { R: { Type: AWS::Events::Rule, Properties: { EventPattern: " + pattern + ", Targets: [{ Arn: a }] } } }"
		if _, err := Rules([]byte(text)); err == nil || !strings.Contains(err.Error(), "rule R") {
			t.Errorf("%s: %v", pattern, err)
		}
	}
}
