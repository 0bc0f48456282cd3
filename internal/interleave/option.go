package interleave

import "slices"

// kind is what can happen next.
type kind uint8

const (
	do     kind = iota // a step is done and answered
	lose               // the answer to a step is lost
	crash              // a process is no more
	land               // a write that nobody waits for any more takes effect
	stop               // the writes that nobody waits for never take effect
	refuse             // a step isn't done, and answered so
)

// option is one thing that can happen next.
type option struct {
	kind    kind
	step    *step
	process *Process
}

func (o option) String() string {
	switch o.kind {
	case do:
		return o.step.label()
	case lose:
		return o.step.label() + " — answer lost"
	case crash:
		return o.process.name + " crashes"
	case land:
		return o.step.label() + " — lands late"
	case refuse:
		return o.step.label() + " — refused"
	default:
		return "the rest never lands"
	}
}

// done is the step that o does, nil if it does none.
func (o option) done() *step {
	if o.kind == do || o.kind == land {
		return o.step
	}
	return nil
}

// move is an option without what belongs to one run: what a search remembers of it.
type move struct {
	name    string // tells it from any other
	kind    kind
	process string // whose memory it touches, if any
	on      Things // what it touches besides, if anything
	write   bool
}

func (o option) move() move {
	m := move{name: o.String(), kind: o.kind}
	switch o.kind {
	case do, land:
		m.on, m.write = o.step.on, o.step.write
		if o.step.local {
			m.on = nil
		}
	default:
	}
	switch o.kind {
	case do, lose:
		m.process = o.step.task.process.name
	case crash:
		m.process = o.process.name
	default:
	}
	return m
}

// same says whether two moves are one to who looks at them.
func (m move) same(other move) bool {
	return m.name == other.name && m.kind == other.kind && m.process == other.process && m.write == other.write && slices.Equal(m.on, other.on)
}

// commutes says whether it makes no difference which of two moves is first, where both are possible.
func (m move) commutes(other move) bool {
	fault := m.kind == lose || m.kind == crash
	otherFault := other.kind == lose || other.kind == crash
	switch {
	case m.kind == stop || other.kind == stop:
		return false
	case m.process != "" && m.process == other.process:
		return false
	case fault && otherFault: // one may use up what is left for the other
		return false
	}
	meet := slices.ContainsFunc(m.on, func(thing string) bool { return slices.Contains(other.on, thing) })
	return !meet || !m.write && !other.write
}

// options are the things that can happen next, faults first: see [search.choose].
func (r *Run) options(faults int) []option {
	r.mu.Lock()
	defer r.mu.Unlock()
	sorted(r.waiting)
	sorted(r.adrift)
	var all []option
	if faults > 0 {
		all = r.faults()
	}
	for _, s := range r.waiting {
		all = append(all, option{kind: do, step: s})
	}
	if len(r.adrift) > 0 && len(r.waiting) == 0 {
		all = append(all, option{kind: stop})
	}
	for _, s := range r.adrift {
		all = append(all, option{kind: land, step: s})
	}
	return all
}

// faults are those that can strike now: each waits for no other time than right when its step came up, as what
// others do in between is the same to it.
func (r *Run) faults() []option {
	var all []option
	for _, s := range r.waiting {
		if s.fresh && !s.local {
			all = append(all, option{kind: lose, step: s})
		}
	}
	for _, p := range r.processes {
		for _, s := range r.waiting {
			if s.task.process == p && s.fresh && !s.local {
				all = append(all, option{kind: crash, process: p})
				break
			}
		}
	}
	return all
}
