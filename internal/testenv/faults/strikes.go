package faults

import (
	"net/http"
	"strings"
	"sync"
)

// Fate is what befalls one write.
type Fate int

// The fates of a write.
const (
	// Pass has it done, and answered.
	Pass Fate = iota
	// StrikeBefore strikes its sender instead of doing it.
	StrikeBefore
	// StrikeAfter strikes its sender once it is done, so that it never hears of it.
	StrikeAfter
	// Throttle answers that there is too much to do, and does nothing.
	Throttle
	// Break breaks the connection, and does nothing.
	Break
)

// Write is a request that changes items, messages or the like.
type Write struct {
	// Number counts the writes of all senders, from 1.
	Number    int
	Operation string
	// Sender is the access key that signed it.
	Sender string
	Body   []byte
}

// Strikes is an [http.RoundTripper] that decides about each write, and strikes its sender down at an exact moment: a test kills the
// process, or freezes it. Safe for concurrent use.
type Strikes struct {
	next   http.RoundTripper
	fate   func(Write) Fate
	strike func(Write)

	mu     sync.Mutex
	counts map[Fate]int
}

// NewStrikes puts strikes before next. Fate is called for one write at a time, in the order of their numbers; strike, for any number
// at once, is to be done with the sender when it returns.
func NewStrikes(next http.RoundTripper, fate func(Write) Fate, strike func(Write)) *Strikes {
	return &Strikes{next: next, fate: fate, strike: strike, counts: map[Fate]int{}}
}

// Counts is how many writes met each fate.
func (s *Strikes) Counts() map[Fate]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	counts := map[Fate]int{}
	for f, n := range s.counts {
		counts[f] = n
	}
	return counts
}

// RoundTrip does a request, or what its fate is.
func (s *Strikes) RoundTrip(req *http.Request) (*http.Response, error) {
	operation := operation(req)
	if !isWrite(operation) {
		return s.next.RoundTrip(req)
	}
	body, err := readAll(req.Body)
	if err != nil {
		return nil, err
	}
	write := Write{Operation: operation, Sender: Sender(req), Body: body}
	switch s.decide(&write) {
	case Throttle:
		return throttled(req, operation), nil
	case Break:
		return nil, ErrReset
	case StrikeBefore:
		s.strike(write)
		return nil, ErrReset
	case StrikeAfter:
		err := sendOnly(req.Context(), s.next, req, body)
		s.strike(write)
		if err == nil {
			err = ErrReset
		}
		return nil, err
	case Pass:
	}
	return send(req.Context(), s.next, req, body)
}

// decide numbers a write and gives its fate.
func (s *Strikes) decide(w *Write) Fate {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range s.counts {
		w.Number += n
	}
	w.Number++
	fate := s.fate(*w)
	s.counts[fate]++
	return fate
}

// Sender is the access key that a request is signed with.
func Sender(req *http.Request) string {
	_, credential, _ := strings.Cut(req.Header.Get("Authorization"), "Credential=")
	key, _, _ := strings.Cut(credential, "/")
	return key
}
