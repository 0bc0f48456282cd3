package interleave

import (
	"fmt"
	"slices"
)

// search goes through the tree of choices, depth first, and passes over orders that come to the same as one
// gone through before.
type search struct {
	all   bool // don't pass over any
	path  []node
	depth int   // of the choice that is next
	last  *step // of the choice before
	err   error
}

// node is a point where there was a choice.
type node struct {
	moves  []move
	chosen int
	// idle are those, chosen here so far, that changed nothing.
	idle []bool
	// asleep are moves that need not be chosen here: all that can follow has been seen when they came first.
	asleep []move
}

// next moves on to the next order; false if there is none.
func (s *search) next() bool {
	s.observe()
	s.depth = 0
	for len(s.path) > 0 {
		last := &s.path[len(s.path)-1]
		if last.awake(last.chosen + 1) {
			return true
		}
		s.path = s.path[:len(s.path)-1]
	}
	return false
}

// awake chooses the first move from i on that isn't asleep, if there is one.
func (n *node) awake(i int) bool {
	for ; i < len(n.moves); i++ {
		if !contains(n.asleep, n.moves[i]) {
			n.chosen = i
			return true
		}
	}
	return false
}

// contains compares by name: a move that changes nothing here may be known as one that did there.
func contains(moves []move, m move) bool {
	return slices.ContainsFunc(moves, func(other move) bool { return other.name == m.name })
}

// observe takes note of whether the choice before changed anything.
func (s *search) observe() {
	if s.last != nil && s.depth > 0 && s.depth <= len(s.path) {
		n := &s.path[s.depth-1]
		n.idle[n.chosen] = !s.last.changed
	}
	s.last = nil
}

// choose is a [chooser]: it repeats the choices of the path, and goes on from its end.
//
// Moves are tried in their order, and those tried before fall asleep for the later ones. Faults come first: they
// are possible for a moment only, so that what follows them is not seen by choosing something else first.
func (s *search) choose(options []option) int {
	s.observe()
	moves := make([]move, len(options))
	for i, o := range options {
		moves[i] = o.move()
	}
	if s.depth < len(s.path) {
		n := &s.path[s.depth]
		s.depth++
		if !slices.EqualFunc(n.moves, moves, move.same) {
			s.err = fmt.Errorf("not deterministic: after the same choices there was once %v and now %v", n.moves, moves)
			return -1
		}
		s.last = options[n.chosen].done()
		return n.chosen
	}
	n := node{moves: moves, idle: make([]bool, len(moves)), asleep: s.asleep()}
	if !n.awake(0) {
		return -1
	}
	s.path = append(s.path, n)
	s.depth++
	s.last = options[n.chosen].done()
	return n.chosen
}

// asleep are the moves to pass over behind the path: those tried before the last choice, or asleep there, that commute with it.
func (s *search) asleep() []move {
	if s.all || len(s.path) == 0 {
		return nil
	}
	last := &s.path[len(s.path)-1]
	chosen := last.at(last.chosen)
	var asleep []move
	for _, m := range last.asleep {
		if m.commutes(chosen) {
			asleep = append(asleep, m)
		}
	}
	for i := range last.chosen {
		if m := last.at(i); m.commutes(chosen) && !contains(asleep, m) {
			asleep = append(asleep, m)
		}
	}
	return asleep
}

// at is a move as it turned out here: what changed nothing was no more than a read.
func (n *node) at(i int) move {
	m := n.moves[i]
	m.write = m.write && !n.idle[i]
	return m
}

// choices is the path as a list of numbers.
func (s *search) choices() []int {
	choices := make([]int, len(s.path))
	for i, n := range s.path {
		choices[i] = n.chosen
	}
	return choices
}
