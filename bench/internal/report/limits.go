package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aeon-es/aeon/bench/internal/prices"
)

// sixteen are the scenarios of 16 writers at once, by the events of an append.
var sixteen = map[int]string{1: "keys of their own, 16", 10: "keys of their own, 16, 10 events"}

// appendsPerSecond are a contender's with 16 writers at once. Who appends one event at a time needs ten appends for ten events.
func (d *Document) appendsPerSecond(contender string, events int) (perSecond, server, client float64, ok bool) {
	row, ok := d.row("together", sixteen[events], contender)
	n := float64(events)
	return row.PerSecond / n, row.Server * n, row.Client * n, ok
}

// limits shows what 16 writers at once are limited by: how much there is to do for an append, in DynamoDB Local and in the client.
func (d *Document) limits() string {
	var text strings.Builder
	text.WriteString("| |")
	for _, n := range []string{"1 event", "10 events"} {
		fmt.Fprintf(&text, " %s: appends/s | times as many are Aeon's | DynamoDB Local works, µs | the client, µs |", n)
	}
	text.WriteString("\n|---|" + strings.Repeat("---|", 8) + "\n")
	for _, c := range d.contenders() {
		line, some := "| "+label(c)+" |", false
		for _, events := range []int{1, 10} {
			ours, _, _, _ := d.appendsPerSecond("aeon", events)
			perSecond, server, client, ok := d.appendsPerSecond(c, events)
			if !ok {
				line += " – | – | – | – |"
				continue
			}
			some = true
			line += fmt.Sprintf(" %s | %.1f | %s | %s |", thousands(perSecond), ours/perSecond, thousands(server), thousands(client))
		}
		if some {
			text.WriteString(line + "\n")
		}
	}
	return text.String()
}

// rules is what DynamoDB's published rules make of it: reckoned, not measured.
func (d *Document) rules() string {
	var text strings.Builder
	text.WriteString("| |")
	for _, n := range []string{"1 event", "10 events"} {
		fmt.Fprintf(&text, " %s: units | times Aeon's | times Aeon's without an index | appends/s to one key |", n)
	}
	text.WriteString("\n|---|" + strings.Repeat("---|", 8) + "\n")
	for _, s := range prices.Stores {
		text.WriteString("| " + label(s.Name) + " |")
		for _, events := range []int{1, 10} {
			load := prices.Load{Events: events, Bytes: 200}
			units := s.Units(load)
			fmt.Fprintf(&text, " %g | %.1f | %.1f | %s |", units, units/store("aeon").Units(load), units/store("aeon, no index").Units(load),
				thousands(s.OneKey(load)))
		}
		text.WriteString("\n")
	}
	return text.String()
}

// store is one of those whose prices are known.
func store(name string) prices.Store {
	return prices.Stores[slices.IndexFunc(prices.Stores, func(s prices.Store) bool { return s.Name == name })]
}
