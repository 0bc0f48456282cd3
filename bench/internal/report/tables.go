package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aeon-es/aeon/bench/internal/suite"
)

// column is a scenario in a table.
type column struct{ suite, scenario, title string }

var (
	appendColumns = []column{
		{"append", "known head, 1", "1 event"}, {"append", "known head, 10", "10 events"}, {"append", "known head, 100", "100 events"},
		{"append", "new key", "to a new key"}, {"append", "unknown head", "head not known"}, {"append", "idempotent", "idempotent, head not known"},
	}
	togetherColumns = []column{
		{"together", "keys of their own, 1", "1 writer"}, {"together", "keys of their own, 16", "16, a key each"},
		{"together", "keys of their own, 64", "64, a key each"}, {"together", "one key, 16", "16, one key"},
		{"together", "one key, 16 in two processes", "16 in two processes, one key"},
	}
	// Ways that not all have, and what is said of a conflict.
	wayColumns = []column{
		{"append", "Exactly, unknown head", "`Exactly`, head not known"}, {"append", "an idempotent append, and its repeat", "an idempotent append, and its repeat"},
		{"correct", "an append that comes too late", "an append that comes too late"}, {"together", "a storm of conflicts, 16", "16 first appends at once to a key"},
	}
	furtherColumns = []column{
		{"read", "a state, from a snapshot", "the state of a key of 1,011 events, from a snapshot 10 events behind"},
		{"all", "the events of all keys", "5,000 events of 200 keys"},
	}
	readColumns = []column{
		{"read", "1", "1 event"}, {"read", "100", "100 events"}, {"read", "10000", "10,000 events"},
		{"read", "10000, each appended by itself", "10,000, each appended by itself"},
	}
)

// labels tell whose a contender is.
var labels = map[string]string{
	"bare": "*the bare request*", "bare again": "*the bare request again*", "bare transaction": "*a bare transaction*", "aeon": "**Aeon**", "aeon, no index": "**Aeon**, no index of positions",
	"head item in a transaction": "model: head item in a transaction",
}

func label(contender string) string {
	if l, ok := labels[contender]; ok {
		return l
	}
	return contender
}

// table has a row for each contender that cell has something for.
func (d *Document) table(columns []column, cell func(suite.Row) string) string {
	return d.tableOf(columns, "–", d.contenders(), cell)
}

// tableOf is table with these contenders, and with what is said where one has no such thing.
func (d *Document) tableOf(columns []column, none string, contenders []string, cell func(suite.Row) string) string {
	var text strings.Builder
	text.WriteString("| |")
	for _, c := range columns {
		text.WriteString(" " + c.title + " |")
	}
	text.WriteString("\n|---|" + strings.Repeat("---|", len(columns)) + "\n")
	for _, contender := range contenders {
		line, some := "| "+label(contender)+" |", none != "–"
		for _, c := range columns {
			content := none
			if row, ok := d.row(c.suite, c.scenario, contender); ok {
				content, some = cell(row), true
			} else if d.fails(c, contender) {
				content = "fails"
			}
			line += " " + content + " |"
		}
		if some {
			text.WriteString(line + "\n")
		}
	}
	return text.String()
}

func ratio(r suite.Row) string {
	return fmt.Sprintf("%.2f (%.2f–%.2f)", r.Ratio.Median, r.Ratio.Low, r.Ratio.High)
}

func perSecond(r suite.Row) string {
	return fmt.Sprintf("%s/s (%.2f)", thousands(r.PerSecond), 1/max(r.Ratio.Median, 1e-9))
}

func cost(r suite.Row) string {
	if r.Count == nil {
		return "–"
	}
	text := operations(r.Count.Operations)
	if r.Count.WriteUnits > 0 {
		text += fmt.Sprintf(", %g W", r.Count.WriteUnits)
	}
	if r.Count.ReadUnits > 0 {
		text += fmt.Sprintf(", %g R", r.Count.ReadUnits)
	}
	return text + fmt.Sprintf(", %.1f KB", float64(r.Count.Sent+r.Count.Received)/1000)
}

// took is the time and what was sent for it.
func took(r suite.Row) string { return fmt.Sprintf("%.2f ms, ", r.Millis.Median) + cost(r) }

// further is what else is read: not all have it.
func (d *Document) further() string {
	var names []string
	for _, c := range d.contenders() {
		if c != "bare again" && c != "bare transaction" && c != "head item in a transaction" {
			names = append(names, c)
		}
	}
	return d.tableOf(furtherColumns, "has none", names, func(r suite.Row) string {
		return fmt.Sprintf("%.2f ms, %.2f, %d events", r.Millis.Median, r.Ratio.Median, r.Events) + strings.TrimPrefix(", "+cost(r), ", –")
	})
}

// operations are named once each, with how many there are.
func operations(all []string) string {
	var parts []string
	for _, name := range slices.Compact(slices.Sorted(slices.Values(all))) {
		n := 0
		for _, o := range all {
			if o == name {
				n++
			}
		}
		if n > 1 {
			name = fmt.Sprintf("%d × %s", n, name)
		}
		parts = append(parts, name)
	}
	return strings.Join(parts, " + ")
}

func milliseconds(r suite.Row) string {
	text := fmt.Sprintf("%.2f ms, %.2f", r.Millis.Median, r.Ratio.Median)
	if r.Count != nil {
		text += fmt.Sprintf(", %g R", r.Count.ReadUnits)
	}
	if r.Events != 1 && r.Events != 100 && r.Events != 10_000 {
		text += fmt.Sprintf(", **%s events only**", thousands(float64(r.Events)))
	}
	return text
}

func thousands(n float64) string {
	text := fmt.Sprintf("%.0f", n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// noticed is the table of what a contender notices.
func (d *Document) noticed() string {
	var text strings.Builder
	text.WriteString("| | an append that comes too late | of 16 first appends to a key at once, told that they are stored | a repeat of an append | 10 events are stored whole or not at all | of 10,000 events, reads |\n|---|---|---|---|---|---|\n")
	for _, c := range d.contenders() {
		if strings.HasPrefix(c, "bare") {
			continue
		}
		late, _ := d.row("correct", "an append that comes too late", c)
		storm, _ := d.row("together", "a storm of conflicts, 16", c)
		repeat, _ := d.row("correct", "a repeat", c)
		read, _ := d.row("read", "10000", c)
		fmt.Fprintf(&text, "| %s | %s | %d | %s | %s | %s |\n", label(c),
			map[string]string{"conflict": "a conflict", "stored": "**overwrites what is stored**"}[late.Outcome], storm.Events,
			map[string]string{"duplicate": "the first answer", "none": "isn't told apart"}[repeat.Outcome], d.whole(c), thousands(float64(read.Events)))
	}
	return text.String()
}

func (d *Document) whole(contender string) string {
	row, ok := d.row("append", "known head, 10", contender)
	switch {
	case !ok || row.Count == nil:
		return "one at a time only"
	case row.Count.Requests == 1 && !slices.Contains(row.Count.Operations, "BatchWriteItem"):
		return "yes"
	}
	return "**no**"
}

// benchmarks is the table of the Go benchmarks.
func (d *Document) benchmarks() string {
	var text strings.Builder
	text.WriteString("| benchmark | figures |\n|---|---|\n")
	for _, b := range d.Benchmarks {
		var figures []string
		for _, unit := range sortedKeys(b.Metrics) {
			if b.Metrics[unit] != 0 && unit != "B/op" {
				figures = append(figures, figure(b.Metrics[unit])+" "+unit)
			}
		}
		if len(figures) > 0 {
			fmt.Fprintf(&text, "| %s | %s |\n", b.Name, strings.Join(figures, ", "))
		}
	}
	return text.String()
}

func figure(v float64) string {
	if v >= 100 {
		return thousands(v)
	}
	return fmt.Sprintf("%.3g", v)
}

func sortedKeys(m map[string]float64) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
