package report_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/aeon-es/aeon/bench/internal/prices"
	"github.com/aeon-es/aeon/bench/internal/report"
	"github.com/aeon-es/aeon/internal/testenv/toolsdir"
)

func figures(t *testing.T) (root string, d *report.Document) {
	t.Helper()
	root, err := toolsdir.Root()
	if err != nil {
		t.Fatal(err)
	}
	if d, err = report.Read(filepath.Join(root, "docs", "benchmarks", "results.json")); err != nil {
		t.Fatal(err)
	}
	return root, d
}

// What the pages say is what was measured.
func TestPagesHaveTheFigures(t *testing.T) {
	t.Parallel()
	root, d := figures(t)
	for _, name := range report.Pages {
		page, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		filled, err := d.Fill(string(page))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if filled != string(page) {
			t.Errorf("%s has other figures than results.json: go run ./bench -fill", name)
		}
		if !strings.Contains(filled, "**Aeon**") {
			t.Errorf("%s has no figures of Aeon's", name)
		}
	}
}

// The calculator's formulas give the units that were counted.
func TestPricesAgreeWithCounts(t *testing.T) {
	t.Parallel()
	_, d := figures(t)
	compared := 0
	for _, r := range d.Results {
		for _, events := range []int{1, 10, 100} {
			if r.Suite != "append" || r.Scenario != fmt.Sprint("known head, ", events) {
				continue
			}
			for _, s := range prices.Stores {
				row, ok := r.Find(s.Name)
				if !ok || row.Count == nil {
					continue
				}
				compared++
				if got := s.Units(prices.Load{Events: events, Bytes: 200}); got != row.Count.WriteUnits {
					t.Errorf("%s, %d events: %g units by the formula, %g were counted", s.Name, events, got, row.Count.WriteUnits)
				}
			}
		}
	}
	if compared < 10 {
		t.Errorf("compared %d figures only", compared)
	}
}

// The tests that hold budgets are there.
func TestBudgetsAreHeldByTests(t *testing.T) {
	t.Parallel()
	root, d := figures(t)
	page, err := d.Fill("<!-- figures: budgets -->\n<!-- end -->")
	if err != nil {
		t.Fatal(err)
	}
	held := regexp.MustCompile("`(Test[A-Za-z]+)`").FindAllStringSubmatch(page, -1)
	if len(held) == 0 {
		t.Fatal("no test holds a budget")
	}
	var code strings.Builder
	for _, folder := range []string{"bench", "store/dynamo", "projector/dynamo"} {
		files, err := filepath.Glob(filepath.Join(root, folder, "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			code.Write(text)
		}
	}
	for _, name := range held {
		if !strings.Contains(code.String(), "func "+name[1]+"(") {
			t.Errorf("%s isn't a test of this repository", name[1])
		}
	}
}

func TestFillRefusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	if _, err := (&report.Document{}).Fill("<!-- figures: nonsense -->\n<!-- end -->"); err == nil || !strings.Contains(err.Error(), "nonsense") {
		t.Errorf("got %v, want an error that names it", err)
	}
}
