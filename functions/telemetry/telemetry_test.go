package telemetry_test

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aeon-es/aeon/internal/testenv/toolsdir"
)

// counted are the metrics of each function in the run: those that it has to write; nil: none at all.
var counted = map[string][]string{
	"append":  {"Appends", "EventsAppended", "Conflicts", "Duplicates", "AppendsThrottled", "OutcomesUnknown", "PositionsFarAhead"},
	"project": {"EventsProjected", "ItemsWritten", "WritesRefused", "GapsHealed", "Parked", "ProjectionLag"},
	"react":   {"EventsProjected", "ItemsWritten", "Reactions", "Appends", "EventsAppended", "ProjectionLag"},
	"redrive": nil, // it tries in vain
	"mended":  {"Unparked", "EventsProjected", "ItemsWritten"},
	"publish": {"EventsPublished", "PublishedWithoutData", "EntriesSentAgain"},
	"query":   nil,
}

// lines are lines of each function's log.
var lines = map[string][]map[string]any{
	"append": {
		{"message": "request", "level": "INFO", "requestId": "request-of-c1", "key": "c1", "revision": 1, "correlationId": "basket-7", "status": 201},
		{"message": "request", "requestId": "request-of-throttled", "key": "throttled", "correlationId": "basket-7", "status": 429},
		{"message": "request", "level": "ERROR", "requestId": "request-of-lost", "key": "lost", "status": 504},
	},
	"query": {{"message": "request", "level": "INFO", "view": "counters", "key": "c1", "revision": 2, "status": 200}},
	"project": {
		{"message": "batch projected", "level": "INFO", "records": 1, "failures": 0},
		{"message": "parked: the view's code can't fold an event", "level": "ERROR", "view": "counters", "key": "broken", "revision": 2, "correlationId": "basket-7"},
	},
	"redrive": {
		{"message": "still parked", "level": "WARN", "view": "counters", "key": "broken", "revision": 2, "class": "error"},
	},
	"mended": {
		{"message": "redriven", "level": "INFO", "view": "counters", "key": "broken", "revision": 2},
	},
	"publish": {
		{"message": "batch published", "level": "INFO", "records": 2, "events": 2},
		{"message": "event goes without its data", "level": "WARN", "key": "large", "revision": 1, "correlationId": "basket-7"},
	},
	"react": {{"message": "batch projected", "level": "INFO", "records": 1}},
}

// The functions, as they are built, have everything happen to them that a metric counts. What they print is all JSON: metrics, which are
// those that the template's alarms and dashboard look at and docs/operations.md explains, and a log from which one finds what
// happened, without any event's data.
func TestTelemetry(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.run(t)
	written := map[metric]bool{}
	for function, names := range counted {
		p := w.expect(t, function, func(p printed) bool { return p.has(names) && p.says(lines[function]) })
		for _, name := range names {
			if p.metrics[ours(name)] <= 0 {
				t.Errorf("%s: no %s in %v", function, name, p.metrics)
			}
		}
		for _, line := range lines[function] {
			if !p.logged(line) {
				t.Errorf("%s: no line of the log is %v; there are %v", function, line, p.logs)
			}
		}
		if names == nil && len(p.metrics) > 0 {
			t.Errorf("%s: metrics %v", function, p.metrics)
		}
		for _, line := range p.logs {
			if line["timestamp"] == nil || line["level"] == nil || line["message"] == nil || line["requestId"] == nil && !ofTheStore(line) {
				t.Errorf("%s: a line without when, how bad, what or which request: %v", function, line)
			}
		}
		for m := range p.metrics {
			written[m] = true
		}
		if out := w.functions[function].Output(); strings.Contains(out, secret) {
			t.Errorf("%s: data in the log: %s", function, out)
		}
	}
	for m, where := range lookedAt(t) {
		if m.namespace == "Aeon" && !written[m] {
			t.Errorf("%s of the template looks at %s, which no function writes", where, m)
		}
	}
	expectDocumented(t, written)
}

// ofTheStore says whether a line tells of the store, rather than of a request: that of a clock that is ahead.
func ofTheStore(line map[string]any) bool {
	text, _ := line["message"].(string)
	return strings.HasPrefix(text, "position far ahead of the local clock")
}

func ours(name string) metric { return metric{"Aeon", name, "Store"} }

func (p printed) has(names []string) bool {
	return !slices.ContainsFunc(names, func(name string) bool { return p.metrics[ours(name)] <= 0 })
}

func (p printed) says(lines []map[string]any) bool {
	return !slices.ContainsFunc(lines, func(line map[string]any) bool { return !p.logged(line) })
}

// expectDocumented expects the table of docs/operations.md to have the metrics that are written, and no others.
func expectDocumented(t *testing.T, written map[metric]bool) {
	t.Helper()
	root, err := toolsdir.Root()
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(root, "docs", "operations.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "| metric | ")
	table, _, _ := strings.Cut(rest, "\n\n")
	documented := map[metric]bool{}
	for row := range strings.Lines(table) {
		names, _, _ := strings.Cut(strings.TrimPrefix(row, "| "), " | ")
		for _, name := range regexp.MustCompile("`(\\w+)`").FindAllStringSubmatch(names, -1) {
			documented[ours(name[1])] = true
		}
	}
	if !maps.Equal(documented, written) {
		t.Errorf("docs/operations.md explains %v, written are %v", documented, written)
	}
}
