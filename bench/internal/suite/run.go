// Package suite runs the contenders through the scenarios, in turn, on a fresh DynamoDB Local for each suite.
package suite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/aeon-es/aeon/bench/internal/counting"
	"github.com/aeon-es/aeon/bench/internal/driver"
	"github.com/aeon-es/aeon/bench/internal/measure"
	"github.com/aeon-es/aeon/bench/internal/ours"
	"github.com/aeon-es/aeon/internal/testenv/dynamolocal"
)

// ServeIfDriver is for the start of main: where this process is to be a contender's driver, it is that, and never returns.
func ServeIfDriver() {
	name, is := os.LookupEnv(driverName)
	if !is {
		return
	}
	contender, err := ours.New(name), errors.New("there is no contender of that name")
	if contender != nil {
		err = driver.Serve(context.Background(), contender, os.Stdin, os.Stdout)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "the driver of %q: %v\n", name, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// Options say how to run.
type Options struct {
	Programs []driver.Program
	// Quick runs each scenario a few times only: to see that it runs.
	Quick bool
	// Only is the one suite to run; empty: all.
	Only string
	// Scenario is the one scenario to run; empty: all.
	Scenario string
	// Progress is told what is going on.
	Progress io.Writer
}

// Result is what a scenario came to.
type Result struct {
	Suite    string `json:"suite"`
	Scenario string `json:"scenario"`
	Rows     []Row  `json:"rows"`
}

// Row is a contender's.
type Row struct {
	Contender string `json:"contender"`
	// Millis is how long it takes, in milliseconds.
	Millis measure.Spread `json:"millis"`
	// PerSecond is how many events that makes a second.
	PerSecond float64 `json:"perSecond"`
	// Ratio is how many times as long it takes as the bare request, pair by pair.
	Ratio measure.Spread `json:"ratio"`
	// Events is how many were stored or read each time.
	Events  int    `json:"events"`
	Outcome string `json:"outcome,omitempty"`
	// Failed says why there are no figures.
	Failed string `json:"failed,omitempty"`
	// Count is what it sends for it.
	Count *counting.Count `json:"count,omitempty"`
	// Client and Server are how long processors work for each event, in microseconds: for the contender's process, and for DynamoDB Local.
	Client float64 `json:"client,omitempty"`
	Server float64 `json:"server,omitempty"`
}

// Find finds a contender's row.
func (r Result) Find(contender string) (Row, bool) {
	for _, row := range r.Rows {
		if row.Contender == contender {
			return row, true
		}
	}
	return Row{}, false
}

// Run runs all suites, each on a DynamoDB Local of its own, but for a quick run.
func Run(ctx context.Context, o Options) ([]Result, error) {
	together := [][]part{}
	for _, p := range parts {
		if o.Only != "" && o.Only != p.suite {
			continue
		}
		if o.Quick && len(together) > 0 {
			together[0] = append(together[0], p)
		} else {
			together = append(together, []part{p})
		}
	}
	var results []Result
	for _, parts := range together {
		r, err := run(ctx, o, parts)
		if err != nil {
			return nil, err
		}
		results = append(results, r...)
	}
	return results, nil
}

// part is a suite.
type part struct {
	suite     string
	scenarios func(Options) []scenario
}

var parts = []part{{"append", appending}, {"together", together}, {"read", reading}, {"all", everything}, {"correct", correct}}

// entrant is a contender in a suite: one process to be timed, and one whose requests are counted. Aeon has a second one on the
// tables of the first, too.
type entrant struct {
	name                   string
	timed, counted, second *driver.Process
}

func (e *entrant) processes() []*driver.Process {
	return []*driver.Process{e.timed, e.counted, e.second}
}

// start starts the processes, and has them make their tables.
func (e *entrant) start(ctx context.Context, program driver.Program, prefix, direct, counted string) (err error) {
	if e.timed, err = driver.Start(ctx, program, direct, prefix+"timed-"); err != nil {
		return err
	}
	if e.counted, err = driver.Start(ctx, program, counted, prefix+"counted-"); err != nil {
		return err
	}
	if e.name == "aeon" {
		if e.second, err = driver.Start(ctx, program, direct, prefix+"timed-"); err != nil {
			return err
		}
	}
	for _, p := range e.processes() {
		if p == nil {
			continue
		}
		if _, err := p.Do(driver.Command{Do: "setup"}); err != nil {
			return err
		}
	}
	return nil
}

// run runs suites on a fresh DynamoDB Local.
func run(ctx context.Context, o Options, parts []part) (results []Result, err error) {
	server, err := dynamolocal.Launch()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	proxy, err := counting.NewProxy(ctx, server.Endpoint(), server.Client())
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, proxy.Close()) }()
	entrants, stop, err := enter(ctx, o, server.Endpoint(), proxy.Endpoint)
	defer func() { err = errors.Join(err, stop()) }()
	if err != nil {
		return nil, err
	}
	for _, p := range parts {
		for _, s := range p.scenarios(o) {
			if o.Scenario != "" && o.Scenario != s.name {
				continue
			}
			began := time.Now()
			s.server = server.PID()
			r, err := s.run(ctx, entrants, proxy)
			if err != nil {
				return nil, fmt.Errorf("suite %s: %s: %w", p.suite, s.name, err)
			}
			r.Suite, r.Scenario = p.suite, s.name
			results = append(results, r)
			_, _ = fmt.Fprintf(o.Progress, "%s: %s: %.1f s\n", p.suite, s.name, time.Since(began).Seconds())
		}
	}
	return results, nil
}

// enter starts the contenders' processes, side by side.
func enter(ctx context.Context, o Options, direct, counted string) (entrants []*entrant, stop func() error, err error) {
	stop = func() (err error) {
		for _, e := range entrants {
			for _, p := range e.processes() {
				if p != nil {
					err = errors.Join(err, p.Stop())
				}
			}
		}
		return err
	}
	var all sync.WaitGroup
	errs := make([]error, len(o.Programs))
	for i, program := range o.Programs {
		e := &entrant{name: program.Name}
		entrants = append(entrants, e)
		all.Go(func() { errs[i] = e.start(ctx, program, fmt.Sprintf("c%d-", i), direct, counted) })
	}
	all.Wait()
	return entrants, stop, errors.Join(errs...)
}

// unsupported says whether a contender has no such thing.
func unsupported(err error) bool { return err != nil && strings.Contains(err.Error(), "unsupported") }
