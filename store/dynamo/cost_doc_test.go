package dynamo_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

const costDoc = "../../docs/costs.md"

// The tables in the documentation are those that the tests above hold the code to.
func TestCostsAreDocumented(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile(costDoc)
	if err != nil {
		t.Fatal(err)
	}
	text := string(doc)
	for name, scenarios := range map[string][]scenario{
		"append": appendScenarios, "conflict": conflictScenarios, "read": readScenarios,
	} {
		begin, end := "<!-- "+name+" -->\n", "<!-- end -->"
		before, rest, found := strings.Cut(text, begin)
		table, after, ended := strings.Cut(rest, end)
		if !found || !ended {
			t.Fatalf("%s has no place for table %q", costDoc, name)
		}
		if want := costTable(scenarios); table != want {
			t.Errorf("table %q of %s is out of date: go test ./store/dynamo -run Documented -update", name, costDoc)
			text = before + begin + want + end + after
		}
	}
	if flag.Lookup("update").Value.String() == "true" {
		if err := os.WriteFile(costDoc, []byte(text), 0o600); err != nil { //nolint:gosec // a constant path
			t.Fatal(err)
		}
	}
}

func costTable(scenarios []scenario) string {
	var b strings.Builder
	b.WriteString("| what | requests, each with its units |\n|---|---|\n")
	for _, s := range scenarios {
		requests := "none"
		if len(s.wants) > 0 {
			requests = "`" + strings.Join(s.wants, "`, `") + "`"
		}
		fmt.Fprintf(&b, "| %s | %s |\n", s.name, requests)
	}
	return b.String()
}
