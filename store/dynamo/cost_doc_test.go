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
	for name, want := range map[string]string{
		"append": appendTable(), "repeat": costTable(repeatScenarios), "conflict": costTable(conflictScenarios),
		"read": costTable(readScenarios), "decide": costTable(decideScenarios),
	} {
		begin, end := "<!-- "+name+" -->\n", "<!-- end -->"
		before, rest, found := strings.Cut(text, begin)
		table, after, ended := strings.Cut(rest, end)
		if !found || !ended {
			t.Fatalf("%s has no place for table %q", costDoc, name)
		}
		if table != want {
			t.Errorf("table %q of %s is out of date: go test ./store/dynamo -run Documented -update", name, costDoc)
			text = before + begin + want + end + after
		}
	}
	if flag.Lookup("update").Value.String() == "true" {
		if err := os.WriteFile(costDoc, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func costTable(scenarios []scenario) string {
	var b strings.Builder
	b.WriteString("| what | requests, each with its units |\n|---|---|\n")
	for _, s := range scenarios {
		fmt.Fprintf(&b, "| %s | %s |\n", s.name, listed(s.wants))
	}
	return b.String()
}

func appendTable() string {
	var b strings.Builder
	b.WriteString("| what | 1 event | 10 events | 100 events |\n|---|---|---|---|\n")
	for _, s := range appendScenarios {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", s.name, listed(s.wants[0]), listed(s.wants[1]), listed(s.wants[2]))
	}
	return b.String()
}

// listed writes requests; the same one many times only once, with their number.
func listed(requests []string) string {
	if len(requests) == 0 {
		return "none"
	}
	var texts []string
	for i := 0; i < len(requests); {
		n := 1
		for i+n < len(requests) && requests[i+n] == requests[i] {
			n++
		}
		text := "`" + requests[i] + "`"
		if n > 1 {
			text = fmt.Sprintf("%d × %s", n, text)
		}
		texts = append(texts, text)
		i += n
	}
	return strings.Join(texts, ", ")
}
