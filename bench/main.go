// Command bench compares Aeon with other event stores on DynamoDB, and measures it by itself: docs/benchmarks.md.
//
//	tools/install dynamodb-local sam contenders-node contenders-python contenders-rust
//	go run ./bench -write      all figures, in eleven minutes or more, into docs/benchmarks/results.json, and from there into the pages;
//	                           and into bench/baseline.txt, which make benchstat compares with
//	go run ./bench -fill       the pages again, from the figures that are there
//	go run ./bench -quick      a few rounds, to see that it runs
//
// Machines differ, and so does one from hour to hour: compare figures of one run only.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"

	"github.com/aeon-es/aeon/bench/internal/driver"
	"github.com/aeon-es/aeon/bench/internal/gobench"
	"github.com/aeon-es/aeon/bench/internal/report"
	"github.com/aeon-es/aeon/bench/internal/suite"
	"github.com/aeon-es/aeon/internal/testenv/toolsdir"
)

type options struct {
	quick, ours, write, fill, stores, alone bool
	only, scenario                          string
}

// part says whether not all is measured.
func (o options) part() bool { return o.only != "" || o.scenario != "" }

func main() {
	suite.ServeIfDriver()
	var o options
	flag.BoolVar(&o.quick, "quick", false, "a few rounds only, to see that it runs")
	flag.BoolVar(&o.ours, "ours", false, "only the contenders of this repository")
	flag.BoolVar(&o.stores, "stores", false, "only the comparison, without the Go benchmarks")
	flag.BoolVar(&o.alone, "alone", false, "only the Go benchmarks, without the comparison")
	flag.StringVar(&o.only, "only", "", "only this suite of the comparison: append, together, read, all or correct; with -alone: only the Go benchmarks with this in their name")
	flag.StringVar(&o.scenario, "scenario", "", "only this scenario of them, by its name in results.json")
	flag.BoolVar(&o.write, "write", false, "write the figures to docs/benchmarks, and into the pages")
	flag.BoolVar(&o.fill, "fill", false, "measure nothing: write the figures that are there into the pages")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	root, err := toolsdir.Root()
	if err != nil {
		return err
	}
	results := filepath.Join(root, "docs", "benchmarks", "results.json")
	if o.fill {
		return fill(ctx, root, results)
	}
	d := report.New()
	if before, err := report.Read(results); err == nil && (o.stores || o.alone || o.part()) {
		d.Results, d.Benchmarks = before.Results, before.Benchmarks // the part that isn't measured stays
	}
	save := func() error {
		if !o.write {
			return nil
		}
		return d.Write(results)
	}
	failed := measure(ctx, root, o, d, save)
	if !o.write {
		_, err := fmt.Println(d.Summary())
		return errors.Join(err, failed)
	}
	return errors.Join(fill(ctx, root, results), failed)
}

// measure measures, and saves each part once it is there. With an error there may be a part of the figures.
func measure(ctx context.Context, root string, o options, d *report.Document, save func() error) error {
	if !o.alone {
		programs, err := suite.Ours()
		if err == nil && !o.ours {
			var theirs []driver.Program
			theirs, err = suite.Theirs()
			programs = append(programs, theirs...)
		}
		if err != nil {
			return err
		}
		results, err := suite.Run(ctx, suite.Options{Programs: programs, Quick: o.quick, Only: o.only, Scenario: o.scenario, Progress: os.Stderr})
		if err != nil {
			return err
		}
		if !o.part() {
			d.Results = nil
		}
		d.Merge(results)
		if err := save(); err != nil {
			return err
		}
	}
	if o.stores || !o.alone && o.part() {
		return nil
	}
	benchmarks, failed := gobench.Run(ctx, root, o.only, o.quick, os.Stderr)
	if !o.part() {
		d.Benchmarks = nil
	}
	d.MergeBenchmarks(benchmarks)
	failed = errors.Join(failed, save())
	if o.write && !o.quick && !o.part() {
		failed = errors.Join(failed, gobench.Baseline(ctx, root, filepath.Join(root, "bench", "baseline.txt")))
	}
	return failed
}

// fill writes the figures into the pages, and draws the plots.
func fill(ctx context.Context, root, results string) error {
	d, err := report.Read(results)
	if err != nil {
		return err
	}
	for _, name := range report.Pages {
		path := filepath.Join(root, name)
		page, err := os.ReadFile(path) //nolint:gosec // one of two
		if err != nil {
			return err
		}
		filled, err := d.Fill(string(page))
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := os.WriteFile(path, []byte(filled), 0o644); err != nil { //nolint:gosec // for everybody to read
			return err
		}
	}
	plot := exec.CommandContext(ctx, "go", "run", ".", results, filepath.Dir(results)) //nolint:gosec // a module of this repository
	plot.Dir, plot.Stdout, plot.Stderr = filepath.Join(root, "bench", "plots"), os.Stderr, os.Stderr
	return plot.Run()
}
