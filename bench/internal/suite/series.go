package suite

import (
	"time"

	"github.com/aeon-es/aeon/bench/internal/cputime"
	"github.com/aeon-es/aeon/bench/internal/driver"
	"github.com/aeon-es/aeon/bench/internal/measure"
)

// series is how a contender fares, round by round.
type series struct {
	nanos          []float64 // for each event
	client, server []float64 // how long processors worked, likewise
	last           driver.Answer
	err            error // it fails: it is left alone from then on
}

func (r *series) round(s scenario, e *entrant, round int) {
	if r.err != nil {
		return
	}
	if err := s.getReady(e.timed, round); err != nil {
		r.err = err
		return
	}
	before := s.clocks(e)
	answer, err := s.do(e, e.timed, round)
	if err != nil {
		r.err = err
		return
	}
	if round < s.warmUp() {
		return
	}
	after, events := s.clocks(e), float64(max(1, answer.Events))
	r.nanos, r.last = append(r.nanos, float64(answer.Nanos)/events), answer
	r.client = append(r.client, float64(after.client-before.client)/events)
	r.server = append(r.server, float64(after.server-before.server)/events)
}

// clocks are how long processors have worked.
type clocks struct{ client, server time.Duration }

// clocks reads them; 0 where the system has none.
func (s scenario) clocks(e *entrant) (c clocks) {
	for _, p := range []*driver.Process{e.timed, e.second} {
		if p == nil || p == e.second && !s.inTwo {
			continue
		}
		if worked, err := p.Processor(); err == nil {
			c.client += worked
		}
	}
	if worked, err := cputime.Of(s.server); err == nil {
		c.server = worked
	}
	return c
}

// sumUp makes figures of the time that each event took.
func (r *series) sumUp(name string, base []float64) Row {
	row := Row{Contender: name, Events: r.last.Events, Outcome: r.last.Outcome}
	if r.err != nil {
		row.Failed = r.err.Error()
		return row
	}
	millis := make([]float64, len(r.nanos))
	for i := range r.nanos {
		millis[i] = r.nanos[i] * float64(max(1, row.Events)) / 1e6
	}
	row.Millis = measure.Of(millis)
	row.Ratio = measure.Of(measure.Ratios(r.nanos, base))
	if median := measure.Of(r.nanos).Median; median > 0 {
		row.PerSecond = 1e9 / median
	}
	row.Client, row.Server = measure.Of(r.client).Median/1000, measure.Of(r.server).Median/1000
	return row
}
