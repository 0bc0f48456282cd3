package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// positions draws any position.
func positions() *rapid.Generator[Position] {
	return rapid.Custom(func(t *rapid.T) Position {
		var p Position
		copy(p[:], rapid.SliceOfN(rapid.Byte(), len(p), len(p)).Draw(t, "bytes"))
		return p
	})
}

func TestPositionsAsText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, q := positions().Draw(t, "p"), positions().Draw(t, "q")
		back, err := ParsePosition(p.String())
		if err != nil || back != p {
			t.Fatalf("%v came back as %v, %v", p, back, err)
		}
		if got, want := strings.Compare(p.String(), q.String()), p.Compare(q); got != want {
			t.Fatalf("%v and %v sort as %d, their text as %d", p, q, want, got)
		}
		text, err := json.Marshal(map[string]Position{"p": p})
		if err != nil || !bytes.Contains(text, []byte(`"`+p.String()+`"`)) {
			t.Fatalf("as JSON: %s, %v", text, err)
		}
		var read map[string]Position
		if err := json.Unmarshal(text, &read); err != nil || read["p"] != p {
			t.Fatalf("from JSON: %v, %v", read, err)
		}
	})
}

func TestWhatIsNoPosition(t *testing.T) {
	for _, text := range []string{
		"", "x", "01JZ000000000000000000000", "01JZ00000000000000000000000", // too short, too long
		"8ZZZZZZZZZZZZZZZZZZZZZZZZZ", "01JZ000000000000000000000U", "01JZ000000000000000000 000", "01JZ00000000000000000000ü",
	} {
		if p, err := ParsePosition(text); !errors.Is(err, ErrInvalid) {
			t.Errorf("%q is taken for %v, %v", text, p, err)
		}
		var p Position
		if err := p.UnmarshalText([]byte(text)); !errors.Is(err, ErrInvalid) || !p.IsZero() {
			t.Errorf("%q is read as %v, %v", text, p, err)
		}
	}
}

func TestPartsOfAPosition(t *testing.T) {
	at := time.Date(2040, 1, 2, 3, 4, 5, 678e6, time.UTC)
	p := newPosition(clockMillis(at), 0x0123456789abcdef)
	if p.Time() != at || p.millis() != clockMillis(at) || p.entropy() != 0x0123456789abcdef {
		t.Errorf("%v has time %v and entropy %x", p, p.Time(), p.entropy())
	}
	last := p.plus(maxEvents - 1)
	if last.millis() != p.millis() || last.entropy() != p.entropy() {
		t.Errorf("the last event of a commit at %v is at %v: it has run over", p, last)
	}
	if p.plus(7).plus(5) != p.plus(12) || last.commit() != p || p.commit() != p {
		t.Error("positions within a commit don't add up")
	}
	if (Position{}).IsZero() != true || p.IsZero() {
		t.Error("zero is taken for what it is not")
	}
}

func TestPositionsNextToEachOther(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := positions().Filter(func(p Position) bool { return !p.IsZero() }).Draw(t, "p")
		before := p.before()
		if before.Compare(p) >= 0 {
			t.Fatalf("%v is not before %v", before, p)
		}
		if q := positions().Draw(t, "q"); q.Compare(before) > 0 && q.Compare(p) < 0 {
			t.Fatalf("%v lies between %v and %v", q, before, p)
		}
	})
	p := Position{14: 1}
	if p.before() != (Position{15: 0xff}) {
		t.Errorf("before %v comes %v", p, p.before())
	}
}

func TestEventsOfACommit(t *testing.T) {
	c := &Commit{
		Key: "k", Revision: 7, Position: newPosition(1, 1), CommittedAt: time.UnixMilli(5),
		Events: []Pending{{Type: "a"}, {Type: "b"}, {Type: "c"}}, Count: 3,
	}
	if c.Last() != 9 || c.LastPosition() != c.Position.plus(2) {
		t.Errorf("the last is %d at %v", c.Last(), c.LastPosition())
	}
	events := slices.Collect(c.All())
	for i, e := range events {
		if e.Revision != c.Revision+Revision(i) || e.Position != c.Position.plus(i) || e.Key != "k" || e.Type != c.Events[i].Type {
			t.Errorf("event %d: %+v", i, e)
		}
	}
	if len(events) != 3 {
		t.Errorf("%d events, want 3", len(events))
	}
	for range c.All() {
		break // ends
	}
}
