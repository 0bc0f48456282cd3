package report

import (
	"fmt"
	"strings"

	"github.com/aeon-es/aeon/bench/internal/suite"
)

// budget is what is promised of a figure.
type budget struct {
	what, promise string
	// measured is the figure, and whether it keeps the promise; ok is false where it isn't measured.
	measured func(d *Document) (figure string, v verdict, ok bool)
}

// verdict is what came of a budget.
type verdict string

const (
	met    verdict = "met"
	noise  verdict = "within the noise" // not met, but its interval reaches as far
	missed verdict = "**not met**"
)

func judge(keeps, mayKeep bool) verdict {
	switch {
	case keeps:
		return met
	case mayKeep:
		return noise
	}
	return missed
}

// atMostTimes holds the time of Aeon's to that of the bare request.
func atMostTimes(suiteName, scenario string, most float64) func(*Document) (string, verdict, bool) {
	return func(d *Document) (string, verdict, bool) {
		row, ok := d.row(suiteName, scenario, "aeon")
		again, _ := d.row(suiteName, scenario, "bare again")
		return fmt.Sprintf("%s; the bare request against itself %s", ratio(row), ratio(again)), judge(row.Ratio.Median <= most, row.Ratio.Low <= most), ok
	}
}

// atLeastOf holds the throughput of Aeon's to that of the bare request.
func atLeastOf(suiteName, scenario string, least float64) func(*Document) (string, verdict, bool) {
	return func(d *Document) (string, verdict, bool) {
		row, ok := d.row(suiteName, scenario, "aeon")
		share := func(r suite.Row) float64 { return 1 / max(r.Ratio.Median, 1e-9) }
		again, _ := d.row(suiteName, scenario, "bare again")
		return fmt.Sprintf("%.2f; the bare request against itself %.2f", share(row), share(again)), judge(share(row) >= least, 1/max(row.Ratio.Low, 1e-9) >= least), ok
	}
}

// costs holds the requests and write units.
func costs(scenario, requests string, write float64) func(*Document) (string, verdict, bool) {
	return func(d *Document) (string, verdict, bool) {
		row, ok := d.row("append", scenario, "aeon")
		if !ok || row.Count == nil {
			return "", missed, false
		}
		got := strings.Join(row.Count.Operations, ", ")
		return fmt.Sprintf("%s, %g units", got, row.Count.WriteUnits), judge(got == requests && row.Count.WriteUnits == write, false), true
	}
}

// atLeast and atMost hold a benchmark's metric.
func atLeast(name, unit string, least float64) func(*Document) (string, verdict, bool) {
	return func(d *Document) (string, verdict, bool) {
		v, ok := d.metric(name, unit)
		return figure(v) + " " + unit, judge(v >= least, false), ok
	}
}

func atMost(name, unit string, most float64) func(*Document) (string, verdict, bool) {
	return func(d *Document) (string, verdict, bool) {
		v, ok := d.metric(name, unit)
		return figure(v) + " " + unit, judge(v <= most, false), ok
	}
}

// timesOthers compares the throughput at 16 at once with that of those who write a transaction for each append, the bare transaction
// included: who writes one can't be faster than that, and Aeon not faster than the bare request.
func timesOthers(events int, least float64, others ...string) func(*Document) (string, verdict, bool) {
	return func(d *Document) (string, verdict, bool) {
		ours, _, _, ok := d.appendsPerSecond("aeon", events)
		bare, _, _, _ := d.appendsPerSecond("bare", events)
		var all []string
		keeps := ok
		for _, c := range others {
			perSecond, _, _, has := d.appendsPerSecond(c, events)
			if !has {
				continue
			}
			all = append(all, fmt.Sprintf("%.1f × %s", ours/perSecond, c))
			keeps = keeps && ours/perSecond >= least
		}
		text := strings.Join(all, ", ")
		if transaction, _, _, has := d.appendsPerSecond("bare transaction", events); has {
			text += fmt.Sprintf("; the floor: bare puts are %.1f × bare transactions", bare/transaction)
		}
		return text, judge(keeps, false), ok && len(all) > 0
	}
}

// held is a budget that a test holds, on any machine.
func held(figure string) func(*Document) (string, verdict, bool) {
	return func(*Document) (string, verdict, bool) { return figure, "met: a test holds it", true }
}

// backlog is that of the backlog: also beside the writes and the reads, without which nobody can fold.
func backlog(d *Document) (string, verdict, bool) {
	text, v, ok := atMost("Backlog", "x-bare", 1.3)(d)
	with, _ := d.metric("Backlog", "x-bare-with-reads")
	return fmt.Sprintf("%s; %.2f × those writes and the reads of the rows", text, with), v, ok
}

// firstInvoke is that of a function, also as a multiple of what a function that does nothing takes.
func firstInvoke(function string) func(*Document) (string, verdict, bool) {
	return func(d *Document) (string, verdict, bool) {
		text, v, ok := atMost("Lambda/starts", "ms-cold-"+function, 25)(d)
		times, _ := d.metric("Lambda/starts", "x-nothing-"+function)
		return fmt.Sprintf("%s; %.1f × nothing", text, times), v, ok
	}
}

var budgets = []budget{
	{"append behind a known head, 1 event of 200 B", "1 request, 1 unit, and 1 on the index", costs("known head, 1", "PutItem", 2)},
	{"", "≤ 1.05 × a bare conditional PutItem", atMostTimes("append", "known head, 1", 1.05)},
	{"the same, 10 events", "1 request, 3 units, and 3", costs("known head, 10", "PutItem", 6)},
	{"`Exactly` on a cold key", "2 requests", costs("Exactly, unknown head", "Query, PutItem", 2)},
	{"`Any` on a cold key", "2 requests", costs("unknown head", "Query, PutItem", 2)},
	{"16 writers on 16 keys", "≥ 0.95 of bare puts", atLeastOf("together", "keys of their own, 16", 0.95)},
	{
		"", "≥ 5 × stores that write a transaction, 1 event", timesOthers(1, 5, "head item in a transaction", "event-store-adapter-js", "dynamo-es"),
	},
	{"", "≥ 5 × those, 10 events", timesOthers(10, 5, "head item in a transaction", "castore", "dynamo-es")},
	{"16 writers on one key, one process", "≥ 0.85 of one serial writer", atLeastOf("together", "one key, 16", 0.85)},
	{"the same, two processes", "≥ 0.5", atLeastOf("together", "one key, 16 in two processes", 0.5)},
	{"read 10,000 events, 25 to a commit", "≤ 1.10 × the bare Query", atMostTimes("read", "10000", 1.10)},
	{"the same, each a commit", "≤ 1.10 × the bare Query", atMostTimes("read", "10000, each appended by itself", 1.10)},
	{"", "≤ 2 allocations an event besides the Query", held("`TestAllocationsOfReading`, `TestAllocationsOfDecoding`; memory flat: `TestMemoryOfReading`")},
	{"a batch of 100 commits of 10 keys, one row per key", "≤ 10 row writes; redelivered none", held("10 × `PutItem`, none: `TestProjectCosts`")},
	{"projecting on SQLite, random keys", "≥ 30,000 events/s per core", atLeast("Projecting/sqlite/random keys/keyed", "events/cpu-s", 30_000)},
	{"the same, 10 keys a batch", "≥ 60,000 events/s per core", atLeast("Projecting/sqlite/10 keys a batch/keyed", "events/cpu-s", 60_000)},
	{"a backlog of 100,000 events on DynamoDB", "≤ 1.3 × the bare writes it needs", backlog},
	{"appending on SQLite, serial", "≥ 5,000/s", atLeast("Append/serial", "appends/s", 5_000)},
	{"the same, 16 at once", "≥ 3 × that, 15,000/s", atLeast("SixteenOverSerial", "16-at-once/s", 15_000)},
	{"binary of append", "≤ 10 MB", atMost("Lambda/starts", "MB-append", 10)},
	{"binary of query", "≤ 10 MB", atMost("Lambda/starts", "MB-query", 10)},
	{"binary of project", "≤ 10 MB", atMost("Lambda/starts", "MB-project", 10)},
	{"binary of redrive", "≤ 10 MB", atMost("Lambda/starts", "MB-redrive", 10)},
	{"binary of publish", "≤ 10 MB", atMost("Lambda/starts", "MB-publish", 10)},
	{"first invoke of append", "≤ 25 ms", firstInvoke("append")},
	{"first invoke of query", "≤ 25 ms", firstInvoke("query")},
	{"first invoke of project", "≤ 25 ms", firstInvoke("project")},
	{"first invoke of redrive", "≤ 25 ms", firstInvoke("redrive")},
	{"first invoke of publish", "≤ 25 ms", firstInvoke("publish")},
}

// budgetTable tells of each budget what was measured.
func (d *Document) budgetTable() string {
	var text strings.Builder
	text.WriteString("| what | budget | measured | |\n|---|---|---|---|\n")
	for _, b := range budgets {
		figure, verdict, ok := b.measured(d)
		if !ok {
			figure, verdict = "–", "not measured"
		}
		fmt.Fprintf(&text, "| %s | %s | %s | %s |\n", b.what, b.promise, figure, verdict)
	}
	return text.String()
}
