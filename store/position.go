package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/oklog/ulid/v2"
)

// Position is where an event stands among all events of a store: a ULID. The zero value means "none".
// Its upper 112 bits belong to the commit (48 bits of milliseconds, 64 of entropy); its low 16 count
// the events within it.
type Position ulid.ULID

// ParsePosition reads the 26 characters that [Position.String] writes.
func ParsePosition(s string) (Position, error) {
	u, err := ulid.ParseStrict(s)
	if err != nil {
		return Position{}, invalidf("position", "%q is not a ULID of 26 characters", s)
	}
	return Position(u), nil
}

// String is the position as 26 characters that sort as positions do.
func (p Position) String() string { return ulid.ULID(p).String() }

// IsZero says whether p is the zero value, which stands for no position.
func (p Position) IsZero() bool { return p == Position{} }

// Compare is negative where p comes before q, positive where it comes after, and 0 where they are the same.
func (p Position) Compare(q Position) int { return bytes.Compare(p[:], q[:]) }

// Time is the logical time in p, with a resolution of one millisecond. It is at or after the
// writer's clock at the time of the append.
func (p Position) Time() time.Time { return ulid.ULID(p).Timestamp().UTC() }

// MarshalText writes p as [Position.String] does.
func (p Position) MarshalText() ([]byte, error) { return ulid.ULID(p).MarshalText() }

// UnmarshalText reads what MarshalText wrote.
func (p *Position) UnmarshalText(text []byte) error {
	q, err := ParsePosition(string(text))
	if err != nil {
		return err
	}
	*p = q
	return nil
}

// maxEvents is how many events fit the 16 bits that count them within a commit.
const maxEvents = 1<<16 - 1

// Where the parts of a position lie: 6 bytes of milliseconds, 8 of entropy, 2 that count events.
const (
	entropyAt = 6
	countAt   = 14
)

// maxMillis is the last millisecond that a ULID can hold.
const maxMillis = 1<<48 - 1

// newPosition panics on a time no ULID can hold: clockMillis and following give none.
func newPosition(ms uint64, entropy uint64) Position {
	if ms > maxMillis {
		panic(fmt.Sprintf("store: %d ms is past the last position", ms))
	}
	var p Position
	binary.BigEndian.PutUint64(p[:8], ms<<16)
	binary.BigEndian.PutUint64(p[entropyAt:countAt], entropy)
	return p
}

func (p Position) millis() uint64 { return ulid.ULID(p).Time() }

func (p Position) entropy() uint64 { return binary.BigEndian.Uint64(p[entropyAt:countAt]) }

// plus is the position of the i-th event after p in the same commit. A commit's first event counts
// from 0 and a commit holds at most maxEvents, so nothing carries over into the entropy.
func (p Position) plus(i int) Position {
	binary.BigEndian.PutUint16(p[countAt:], binary.BigEndian.Uint16(p[countAt:])+uint16(i))
	return p
}

// commit is the position of the first event of the commit that p's event is in.
func (p Position) commit() Position {
	p[countAt], p[countAt+1] = 0, 0
	return p
}

// before is the position right before p, which must not be zero.
func (p Position) before() Position {
	for i := len(p) - 1; i >= 0; i-- {
		p[i]--
		if p[i] != 0xff {
			break
		}
	}
	return p
}
