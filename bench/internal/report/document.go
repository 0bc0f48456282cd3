// Package report makes of the figures what people read: the tables of docs/benchmarks.md and of the README.
package report

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/aeon-es/aeon/bench/internal/gobench"
	"github.com/aeon-es/aeon/bench/internal/suite"
)

// Document is a whole run.
type Document struct {
	Date       string              `json:"date"`
	Machine    string              `json:"machine"`
	Results    []suite.Result      `json:"results"`
	Benchmarks []gobench.Benchmark `json:"benchmarks"`
}

// New is a document of today, on this machine.
func New() *Document {
	return &Document{
		Date:    time.Now().UTC().Format(time.DateOnly),
		Machine: fmt.Sprintf("%d cores of %s, %s/%s, %s", runtime.NumCPU(), processor(), runtime.GOOS, runtime.GOARCH, runtime.Version()),
	}
}

func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "an unknown processor"
	}
	_, after, _ := strings.Cut(string(text), "model name\t: ")
	name, _, _ := strings.Cut(after, "\n")
	return name
}

// Pages are those that figures are written into.
var Pages = []string{"docs/benchmarks.md", "README.md"}

// Summary is all tables, for a terminal.
func (d *Document) Summary() string {
	var text strings.Builder
	for _, name := range []string{"run", "budgets", "appending", "append costs", "ways", "together", "limits", "rules", "reading", "further", "noticed", "benchmarks"} {
		text.WriteString(d.tables()[name]() + "\n")
	}
	return text.String()
}

// Read reads a document from a file.
func Read(path string) (*Document, error) {
	text, err := os.ReadFile(path) //nolint:gosec // the caller's
	if err != nil {
		return nil, err
	}
	d := &Document{}
	if err := json.Unmarshal(text, d); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return d, nil
}

// Write writes it.
func (d *Document) Write(path string) error {
	text, err := json.MarshalIndent(d, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644) //nolint:gosec // for everybody to read
}

// Merge puts results in the place of those of the same scenarios, and the new ones behind the others.
func (d *Document) Merge(results []suite.Result) {
	for _, r := range results {
		same := func(old suite.Result) bool { return old.Suite == r.Suite && old.Scenario == r.Scenario }
		if at := slices.IndexFunc(d.Results, same); at >= 0 {
			d.Results[at] = r
		} else {
			d.Results = append(d.Results, r)
		}
	}
}

// MergeBenchmarks puts benchmarks in the place of those of the same names, and the new ones behind the others.
func (d *Document) MergeBenchmarks(benchmarks []gobench.Benchmark) {
	for _, b := range benchmarks {
		same := func(old gobench.Benchmark) bool { return old.Name == b.Name }
		if at := slices.IndexFunc(d.Benchmarks, same); at >= 0 {
			d.Benchmarks[at] = b
		} else {
			d.Benchmarks = append(d.Benchmarks, b)
		}
	}
}

// row is a contender's in a scenario, false where it has no figures.
func (d *Document) row(suiteName, scenario, contender string) (suite.Row, bool) {
	for _, r := range d.Results {
		if r.Suite == suiteName && r.Scenario == scenario {
			row, ok := r.Find(contender)
			return row, ok && row.Failed == ""
		}
	}
	return suite.Row{}, false
}

// fails says whether a contender can't get through a scenario.
func (d *Document) fails(c column, contender string) bool {
	for _, r := range d.Results {
		if row, ok := r.Find(contender); ok && r.Suite == c.suite && r.Scenario == c.scenario {
			return row.Failed != ""
		}
	}
	return false
}

// metric is a benchmark's, false where there is none.
func (d *Document) metric(name, unit string) (float64, bool) {
	for _, b := range d.Benchmarks {
		if b.Name == name {
			value, ok := b.Metrics[unit]
			return value, ok
		}
	}
	return 0, false
}

// contenders are all that take part, in their order.
func (d *Document) contenders() (names []string) {
	for _, r := range d.Results {
		for _, row := range r.Rows {
			if !slices.Contains(names, row.Contender) {
				names = append(names, row.Contender)
			}
		}
	}
	return names
}
