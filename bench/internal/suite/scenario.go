package suite

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"

	"github.com/aeon-es/aeon/bench/internal/counting"
	"github.com/aeon-es/aeon/bench/internal/driver"
	"github.com/aeon-es/aeon/bench/internal/ours"
)

// scenario is something that each contender does, round by round.
type scenario struct {
	name   string
	rounds int
	// only are the contenders that take part; empty: all that can.
	only []string
	// prepare is what is done once, before the first round; before is what is done before each. Neither is in the figures.
	prepare []driver.Command
	// singly is how those prepare who can't append several events at once; nil: they can't take part.
	singly []driver.Command
	before func(round int) []driver.Command
	timed  func(round int) driver.Command
	// bare is what the bare request does in its place; nil: the same. The ratios are of the time for each event.
	bare func(round int) driver.Command
	// inTwo has two processes do it at once; not the bare request.
	inTwo bool
	// asks has each contender do it once before it prepares, to see whether it can.
	asks bool
	// server is the process of DynamoDB Local.
	server int
}

// warmUp is how many rounds don't count.
func (s scenario) warmUp() int { return min(50, s.rounds/5) }

func (s scenario) run(ctx context.Context, all []*entrant, proxy *counting.Proxy) (Result, error) {
	entrants, result, err := s.takePart(all)
	if err != nil {
		return Result{}, err
	}
	series := make([]series, len(entrants))
	const seed = 9
	random := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // an order
	for round := range s.warmUp() + s.rounds {
		for _, i := range random.Perm(len(entrants)) { // so that nobody always comes after the same one, whose work may not quite be over
			if err := ctx.Err(); err != nil {
				return Result{}, err
			}
			series[i].round(s, entrants[i], round)
		}
	}
	base := max(0, slices.IndexFunc(entrants, func(e *entrant) bool { return e.name == ours.Names[0] }))
	for i, e := range entrants {
		row := series[i].sumUp(e.name, series[base].nanos)
		if row.Failed == "" {
			if row.Count, err = s.count(ctx, e, proxy); err != nil {
				row.Failed = err.Error()
			}
		}
		result.Rows = append(result.Rows, row)
	}
	return result, nil
}

// takePart prepares those who can do what the scenario asks for, side by side. What others say is in the result.
func (s scenario) takePart(all []*entrant) (able []*entrant, result Result, err error) {
	errs := make([]error, len(all))
	var preparing sync.WaitGroup
	for i, e := range all {
		if len(s.only) == 0 || slices.Contains(s.only, e.name) {
			preparing.Go(func() { errs[i] = s.try(e) })
		} else {
			errs[i] = errors.ErrUnsupported
		}
	}
	preparing.Wait()
	for i, e := range all {
		switch err := errs[i]; {
		case err == nil:
			able = append(able, e)
		case !unsupported(err):
			result.Rows = append(result.Rows, Row{Contender: e.name, Failed: err.Error()})
		}
	}
	if len(able) == 0 {
		return nil, result, fmt.Errorf("nobody can do it: %w", errors.Join(errs...))
	}
	return able, result, nil
}

// try prepares both processes of a contender, and has each do it once.
func (s scenario) try(e *entrant) error {
	for _, p := range []*driver.Process{e.timed, e.counted} {
		if s.asks {
			if _, err := p.Do(s.timed(0)); unsupported(err) {
				return err
			}
		}
		err := each(p, s.prepare)
		if unsupported(err) && s.singly != nil {
			err = each(p, s.singly)
		}
		if err != nil {
			return err
		}
		const round = 1_000_000 // one that doesn't come again
		if err := s.getReady(p, round); err != nil {
			return err
		}
		if _, err := s.do(e, p, round); err != nil {
			return err
		}
	}
	return nil
}

func each(p *driver.Process, commands []driver.Command) error {
	for _, c := range commands {
		if _, err := p.Do(c); err != nil {
			return err
		}
	}
	return nil
}

// getReady does what comes before a round.
func (s scenario) getReady(p *driver.Process, round int) error {
	if s.before == nil {
		return nil
	}
	return each(p, s.before(round))
}

// do does what a round has a contender do.
func (s scenario) do(e *entrant, p *driver.Process, round int) (driver.Answer, error) {
	command := s.command(e.name, round)
	if !s.inTwo || e.second == nil || p != e.timed {
		return p.Do(command)
	}
	var other driver.Answer
	var failed error
	var doing sync.WaitGroup
	doing.Go(func() { other, failed = e.second.Do(command) })
	answer, err := p.Do(command)
	doing.Wait()
	answer.Events += other.Events
	answer.Nanos = max(answer.Nanos, other.Nanos)
	return answer, errors.Join(err, failed)
}

func (s scenario) command(name string, round int) driver.Command {
	if s.bare != nil && (name == ours.Names[0] || name == ours.Names[1]) {
		return s.bare(round)
	}
	return s.timed(round)
}

// count counts what a contender sends in a round.
func (s scenario) count(ctx context.Context, e *entrant, proxy *counting.Proxy) (*counting.Count, error) {
	const round = 2_000_000
	if err := s.getReady(e.counted, round); err != nil {
		return nil, err
	}
	if _, err := proxy.Take(ctx); err != nil {
		return nil, err
	}
	if _, err := e.counted.Do(s.command(e.name, round)); err != nil {
		return nil, err
	}
	count, err := proxy.Take(ctx)
	return &count, err
}
