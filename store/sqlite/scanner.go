package sqlite

import (
	"encoding/json"
	"fmt"
)

// scanner goes through JSON text and checks it on the way. It finds values without decoding them, which
// encoding/json does several times slower.
type scanner struct {
	text  []byte
	at    int
	depth int // of the value being taken
}

// maxDepth is how deep values may be nested: as deep as encoding/json has it, by which data is checked before it is
// stored. Text that nobody checked could use up the stack, which ends the program.
const maxDepth = 10_000

func (s *scanner) failure(problem string) error { return fmt.Errorf("%s at byte %d", problem, s.at) }

// next is the next byte after white space, which it doesn't take; 0 at the end.
func (s *scanner) next() byte {
	for s.at < len(s.text) {
		switch c := s.text[s.at]; c {
		case ' ', '\t', '\n', '\r':
			s.at++
		default:
			return c
		}
	}
	return 0
}

// expect takes c.
func (s *scanner) expect(c byte) error {
	if s.next() != c || s.at == len(s.text) {
		return s.failure(fmt.Sprintf("no %q", c))
	}
	s.at++
	return nil
}

// end makes sure that nothing follows.
func (s *scanner) end() error {
	if s.next(); s.at != len(s.text) {
		return s.failure("more than one value")
	}
	return nil
}

// list takes an array or object, calling element where each element begins.
func (s *scanner) list(first, last byte, element func() error) error {
	if err := s.expect(first); err != nil {
		return err
	}
	if s.next() == last {
		s.at++
		return nil
	}
	for {
		if err := element(); err != nil {
			return err
		}
		if s.next() == last {
			s.at++
			return nil
		}
		if err := s.expect(','); err != nil {
			return err
		}
	}
}

// value takes any value and gives its text.
func (s *scanner) value() (json.RawMessage, error) {
	first := s.next()
	start := s.at
	if err := s.skip(first); err != nil {
		return nil, err
	}
	return s.text[start:s.at:s.at], nil
}

// skip takes the value that begins with first.
func (s *scanner) skip(first byte) (err error) {
	if s.depth++; s.depth > maxDepth && (first == '{' || first == '[') {
		return s.failure("values nested too deep")
	}
	defer func() { s.depth-- }()
	switch {
	case first == '"':
		_, err = s.rawString()
		return err
	case first == '{':
		return s.list('{', '}', s.member)
	case first == '[':
		return s.list('[', ']', s.element)
	case first == '-' || isDigit(first):
		return s.number()
	}
	for _, literal := range [...]string{"true", "false", "null"} {
		if end := s.at + len(literal); end <= len(s.text) && string(s.text[s.at:end]) == literal {
			s.at = end
			return nil
		}
	}
	return s.failure("no value")
}

func (s *scanner) element() error { return s.skip(s.next()) }

func (s *scanner) member() error {
	if _, err := s.rawString(); err != nil {
		return err
	}
	if err := s.expect(':'); err != nil {
		return err
	}
	return s.element()
}

// rawString takes a string and gives it with its quotes and escapes.
func (s *scanner) rawString() ([]byte, error) {
	if err := s.expect('"'); err != nil {
		return nil, err
	}
	start := s.at - 1
	for ; s.at < len(s.text); s.at++ {
		switch c := s.text[s.at]; {
		case c == '"':
			s.at++
			return s.text[start:s.at], nil
		case c < ' ':
			return nil, s.failure("a control character in a string")
		case c == '\\':
			if err := s.escape(); err != nil {
				return nil, err
			}
		}
	}
	return nil, s.failure("an open string")
}

// escape takes an escape but for its last byte.
func (s *scanner) escape() error {
	s.at++
	if s.at == len(s.text) {
		return s.failure("an open string")
	}
	switch s.text[s.at] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return nil
	case 'u':
		for range 4 {
			if s.at++; s.at == len(s.text) || !isHex(s.text[s.at]) {
				return s.failure("a wrong escape")
			}
		}
		return nil
	}
	return s.failure("a wrong escape")
}

// number takes a number: -? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?
func (s *scanner) number() error {
	s.take('-', '-')
	if s.take('0', '0') == 0 && s.digits() == 0 {
		return s.failure("a wrong number")
	}
	if s.take('.', '.') > 0 && s.digits() == 0 {
		return s.failure("a wrong number")
	}
	if s.take('e', 'E') > 0 {
		s.take('+', '-')
		if s.digits() == 0 {
			return s.failure("a wrong number")
		}
	}
	return nil
}

// take takes one byte if it is a or b, and says how many it took.
func (s *scanner) take(a, b byte) int {
	if s.at < len(s.text) && (s.text[s.at] == a || s.text[s.at] == b) {
		s.at++
		return 1
	}
	return 0
}

func (s *scanner) digits() int {
	start := s.at
	for s.at < len(s.text) && isDigit(s.text[s.at]) {
		s.at++
	}
	return s.at - start
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isHex(c byte) bool { return isDigit(c) || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F' }
