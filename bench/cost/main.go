// Command cost says what events cost on AWS, in dollars for a million of them, with Aeon and with what docs/benchmarks.md compares it with:
//
//	go run ./bench/cost -events 10 -bytes 400
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/aeon-es/aeon/bench/internal/prices"
)

func main() {
	load := prices.Load{}
	p := prices.Projecting{}
	flag.IntVar(&load.Events, "events", 1, "events in an append")
	flag.IntVar(&load.Bytes, "bytes", 200, "bytes of data in each event")
	flag.IntVar(&p.Batch, "batch", 100, "stream records in an invocation of the project function")
	flag.IntVar(&p.Keys, "keys", 50, "different keys among them")
	flag.Float64Var(&p.Millis, "millis", 100, "milliseconds that such an invocation takes")
	flag.Float64Var(&p.GB, "memory", 0.5, "GB of memory of a function")
	flag.Parse()
	if load.Events < 1 || load.Bytes < 0 || p.Batch < 1 || p.Keys < 1 || p.Keys > p.Batch {
		fmt.Fprintln(os.Stderr, "cost: at least 1 event, 1 record in a batch, and 1 key to a batch, but no more keys than records")
		os.Exit(2)
	}
	fmt.Printf("Dollars for a million events of %d bytes, %d to an append:\n\n", load.Bytes, load.Events)
	for _, s := range prices.Stores {
		fmt.Printf("  appended    %-28s %7.2f   (%g write units an append)\n", s.Name, s.Append(load), s.Units(load))
	}
	fmt.Printf("\n  projected   %-28s %7.2f   (%d keys in %d records)\n", "a row for each key", p.Projected(load), p.Keys, p.Batch)
	fmt.Printf("  published   %-28s %7.2f\n", "on EventBridge", p.Published(load))
	fmt.Printf("  redriven    %-28s %7.2f   (a million messages, besides the folding)\n", "a parked key", prices.Redriven())
	fmt.Printf("  queried     %-28s %7.2f   (a million queries, 10 ms each)\n\n", "a row through the API", p.Queried(10))
	for _, price := range prices.All {
		fmt.Printf("  %g dollars a million %s: %s (%s), of %s\n", price.Million, price.What, price.Source, price.AsOf, price.Page)
	}
}
