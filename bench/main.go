// Command bench compares Aeon with other event stores on DynamoDB, and measures it by itself: docs/benchmarks.md.
//
//	go run ./bench [-quick] [-ours] [-out results.json]
//
// It installs the contenders into .tools when it first runs. Machines differ, and so does one from hour to hour: compare figures of one
// run only.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"

	"github.com/aeon-es/aeon/bench/internal/suite"
)

func main() {
	suite.ServeIfDriver()
	quick := flag.Bool("quick", false, "a few rounds only, to see that it runs")
	oursOnly := flag.Bool("ours", false, "only the contenders of this repository")
	out := flag.String("out", "", "write the results to this file, as JSON")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *quick, *oursOnly, *out)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, quick, oursOnly bool, out string) error {
	programs, err := suite.Ours()
	if err != nil {
		return err
	}
	if !oursOnly {
		theirs, err := suite.Theirs()
		if err != nil {
			return err
		}
		programs = append(programs, theirs...)
	}
	results, err := suite.Run(ctx, suite.Options{Programs: programs, Quick: quick, Progress: os.Stderr})
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(results, "", "\t")
	if err != nil {
		return err
	}
	if out == "" {
		_, err = os.Stdout.Write(text)
		return err
	}
	return os.WriteFile(out, append(text, '\n'), 0o600)
}
