package faults

import "time"

// Odds are how likely each fault is, from 0 to 1. What is left of 1 is for nothing to happen.
type Odds struct {
	// LoseRequest and LoseAnswer break the connection before the request got there, and after it was done.
	LoseRequest, LoseAnswer float64
	// Late breaks the connection, and the request gets there later, up to MaxLate.
	Late float64
	// Repeat sends the request twice, and answers what the second one is told.
	Repeat float64
	// Throttle answers ProvisionedThroughputExceededException, and does nothing.
	Throttle float64
	// Conflict answers, to a write, that another is under way on the same item, and does nothing.
	Conflict float64
	// Partial answers, to PutEvents of EventBridge, that some of the entries failed. The others are done.
	Partial float64
	// Break answers 500. Half of those requests are done.
	Break float64
	// MaxDelay is the longest that a request is delayed; half of them are.
	MaxDelay time.Duration
	// MaxLate is how late a late request may be.
	MaxLate time.Duration
}

// fault is what befalls one request.
type fault string

const (
	none        fault = ""
	loseRequest fault = "request lost"
	loseAnswer  fault = "answer lost"
	late        fault = "request late"
	repeat      fault = "request repeated"
	throttle    fault = "throttled"
	conflict    fault = "conflict"
	broken      fault = "broken"
	brokenLater fault = "broken after it was done"
	partial     fault = "done in part"
)

// pick is the fault for a number from 0 to 1.
func (o Odds) pick(p float64) fault {
	for _, choice := range []struct {
		fault
		odds float64
	}{
		{loseRequest, o.LoseRequest}, {loseAnswer, o.LoseAnswer}, {late, o.Late}, {repeat, o.Repeat},
		{throttle, o.Throttle}, {conflict, o.Conflict}, {broken, o.Break / 2}, {brokenLater, o.Break / 2}, {partial, o.Partial},
	} {
		if p -= choice.odds; p < 0 {
			return choice.fault
		}
	}
	return none
}

// chance draws what befalls a request.
func (t *Transport) chance(operation string) (f fault, delay, lateBy time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.odds.MaxDelay > 0 && t.rng.IntN(2) == 0 {
		delay = time.Duration(t.rng.Int64N(int64(t.odds.MaxDelay)))
	}
	if t.odds.MaxLate > 0 {
		lateBy = time.Duration(t.rng.Int64N(int64(t.odds.MaxLate)))
	}
	f = t.odds.pick(t.rng.Float64())
	if f == conflict && !isWrite(operation) || f == partial && operation != putEvents {
		f = none // it can't befall that one
	}
	if f != none {
		t.counts[string(f)]++
	}
	return f, delay, lateBy
}
