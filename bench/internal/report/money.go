package report

import (
	"fmt"
	"strings"

	"github.com/aeon-es/aeon/bench/internal/prices"
	"github.com/aeon-es/aeon/bench/internal/scale"
)

// cost is the table of dollars for a million events appended, by the units that were counted.
func (d *Document) cost() string {
	var text strings.Builder
	text.WriteString("| | 1 event to an append | 10 events | 100 events |\n|---|---|---|---|\n")
	for _, c := range d.contenders() {
		if strings.HasPrefix(c, "bare") {
			continue
		}
		text.WriteString("| " + label(c) + " |")
		for _, n := range []int{1, 10, 100} {
			events := n
			row, ok := d.row("append", fmt.Sprint("known head, ", n), c)
			for !ok && events > 1 { // in several appends, then
				events /= 10
				row, ok = d.row("append", fmt.Sprint("known head, ", events), c)
			}
			if !ok || row.Count == nil {
				text.WriteString(" – |")
				continue
			}
			note := ""
			if events < n {
				note = fmt.Sprintf(", %d at a time", events)
			}
			fmt.Fprintf(&text, " $%.2f%s |", row.Count.WriteUnits/float64(events)*prices.Write.Million, note)
		}
		text.WriteString("\n")
	}
	return text.String()
}

// priceTable is what is reckoned with.
func priceTable() string {
	var text strings.Builder
	text.WriteString("| a million | dollars | read in | AWS's page |\n|---|---|---|---|\n")
	for _, p := range prices.All {
		fmt.Fprintf(&text, "| %s | %g | [%s](https://%[3]s), %s | [%s](https://%[5]s) |\n", p.What, p.Million, p.Source, p.AsOf, p.Page)
	}
	return text.String()
}

// scaleTable plays stores of different sizes through.
func scaleTable() string {
	const seed, several, most = 7, 5, 256
	var text strings.Builder
	fmt.Fprintf(&text, "| asked for, appends/s of 1 unit | partitions that it takes | with 16 slices | with %d slices | without the index | %d stores with %[1]d slices each |\n|---|---|---|---|---|---|\n", most, several)
	for _, appends := range []int{1_000, 10_000, 100_000, 1_000_000} {
		s := scale.Store{Appends: appends, Units: 1}
		s.Partitions = s.PartitionsFor(seed)
		fmt.Fprintf(&text, "| %s | %s |", thousands(float64(appends)), thousands(float64(s.Partitions)))
		for _, slices := range []int{16, most, 0} {
			s.Slices = slices
			fmt.Fprintf(&text, " %s |", thousands(s.Accepted(1, seed)*float64(appends)))
		}
		share := scale.Store{Appends: appends / several, Units: 1}
		s.Stores, s.Partitions, s.Slices = several, share.PartitionsFor(seed), most
		fmt.Fprintf(&text, " %s |\n", thousands(s.Accepted(1, seed)*float64(appends)))
	}
	return text.String()
}
