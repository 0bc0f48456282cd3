package report

import (
	"fmt"
	"regexp"
	"strings"
)

// figures is a part of a page that is made of a document.
var figures = regexp.MustCompile(`(?s)<!-- figures: ([a-z ]+) -->\n.*?<!-- end -->`)

// Fill puts a document's tables into a page, between <!-- figures: NAME --> and <!-- end -->.
func (d *Document) Fill(page string) (string, error) {
	var unknown []string
	filled := figures.ReplaceAllStringFunc(page, func(part string) string {
		name := figures.FindStringSubmatch(part)[1]
		table, ok := d.tables()[name]
		if !ok {
			unknown = append(unknown, name)
			return part
		}
		return fmt.Sprintf("<!-- figures: %s -->\n%s\n<!-- end -->", name, strings.TrimSpace(table()))
	})
	if len(unknown) > 0 {
		return "", fmt.Errorf("no such figures: %s", strings.Join(unknown, ", "))
	}
	return filled, nil
}

func (d *Document) tables() map[string]func() string {
	return map[string]func() string{
		"run":          func() string { return "Run on " + d.Date + ": " + d.Machine + "." },
		"budgets":      d.budgetTable,
		"appending":    func() string { return d.table(appendColumns, ratio) },
		"append costs": func() string { return d.table(appendColumns, cost) },
		"together":     func() string { return d.table(togetherColumns, perSecond) },
		"ways":         func() string { return d.table(wayColumns, took) },
		"limits":       d.limits,
		"rules":        d.rules,
		"reading":      func() string { return d.table(readColumns, milliseconds) },
		"further":      d.further,
		"noticed":      d.noticed,
		"benchmarks":   d.benchmarks,
		"cost":         d.cost,
		"prices":       priceTable,
		"scale":        scaleTable,
		"readme":       d.readme,
	}
}

// readme is what the README shows.
func (d *Document) readme() string {
	var text strings.Builder
	text.WriteString("| | time of an append | its units | units of 10 events | appends/s, 16 at once | comes too late |\n|---|---|---|---|---|---|\n")
	for _, c := range d.contenders() {
		if c == "bare again" || c == "bare transaction" {
			continue
		}
		one, ok := d.row("append", "known head, 1", c)
		ten, _ := d.row("append", "known head, 10", c)
		together, _ := d.row("together", "keys of their own, 16", c)
		late, _ := d.row("correct", "an append that comes too late", c)
		if !ok {
			continue
		}
		units := "one at a time"
		if ten.Count != nil {
			units = fmt.Sprintf("%g", ten.Count.WriteUnits)
		}
		written := 0.0
		if one.Count != nil {
			written = one.Count.WriteUnits
		}
		fmt.Fprintf(&text, "| %s | %.2f × | %g | %s | %s | %s |\n", label(c), one.Ratio.Median, written, units, thousands(together.PerSecond),
			map[string]string{"conflict": "conflict", "stored": "**overwrites**"}[late.Outcome])
	}
	return text.String()
}
