package typed_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/aeon-es/aeon/store"
	"github.com/aeon-es/aeon/store/sqlite"
	"github.com/aeon-es/aeon/store/typed"
)

type Event interface{ isEvent() }

type Incremented struct {
	By int `json:"by"`
}

type Reset struct{}

func (Incremented) isEvent() {}
func (Reset) isEvent()       {}

// Increased is how an older version wrote it.
type Increased struct {
	Amount string `json:"amount"`
}

var codec = typed.MustCodec(
	typed.Type[Event, Incremented]("incremented"),
	typed.Type[Event, Reset]("reset"),
	typed.Upcast("increased", func(old Increased) (Event, error) {
		var e Incremented
		_, err := fmt.Sscan(old.Amount, &e.By)
		return e, err
	}),
)

func Example() {
	events, err := codec.EncodeAll(Incremented{By: 2}, Reset{})
	if err != nil {
		panic(err)
	}
	for _, e := range append(events, store.Pending{Type: "increased", Data: json.RawMessage(`{"amount":"40"}`)}) {
		decoded, err := codec.Decode(store.Committed{Pending: e})
		if err != nil {
			panic(err)
		}
		fmt.Printf("%s %s: %#v\n", e.Type, e.Data, decoded)
	}
	// Output:
	// incremented {"by":2}: typed_test.Incremented{By:2}
	// reset {}: typed_test.Reset{}
	// increased {"amount":"40"}: typed_test.Incremented{By:40}
}

// Decisions in Go types: the codec stands where the store is met.
func Example_decide() {
	backend, err := sqlite.Open(sqlite.Memory)
	if err != nil {
		panic(err)
	}
	defer backend.Close() //nolint:errcheck // in memory

	counters := store.Decider[int]{Evolve: func(count int, e store.Committed) (int, error) {
		event, err := codec.Decode(e)
		switch event := event.(type) {
		case Incremented:
			return count + event.By, err
		case Reset:
			return 0, err
		}
		return count, err
	}}
	for range 3 {
		decision, err := store.Decide(context.Background(), store.New(backend), "counter/1", counters, func(count int) ([]store.Pending, error) {
			if count >= 5 {
				return codec.EncodeAll(Reset{})
			}
			return codec.EncodeAll(Incremented{By: 1}, Incremented{By: 4})
		}, nil)
		if err != nil {
			panic(err)
		}
		fmt.Println("count", decision.State, "at revision", decision.Revision())
	}
	// Output:
	// count 5 at revision 2
	// count 0 at revision 3
	// count 5 at revision 5
}

func TestWithoutDataIsZero(t *testing.T) {
	t.Parallel()
	e, err := codec.Decode(store.Committed{Pending: store.Pending{Type: "incremented"}})
	if err != nil || e != (Incremented{}) {
		t.Errorf("got %v, %v", e, err)
	}
}

type Noted struct{ Text string }

func (*Noted) isEvent() {}

// An event type whose Go type is a pointer is never a nil pointer, data or not.
func TestPointers(t *testing.T) {
	t.Parallel()
	pointers := typed.MustCodec(typed.Type[Event, *Noted]("noted"))
	for data, want := range map[string]string{"": "", "{}": "", "null": "", `{"Text":"a"}`: "a"} {
		e, err := pointers.Decode(store.Committed{Pending: store.Pending{Type: "noted", Data: json.RawMessage(data)}})
		if noted, ok := e.(*Noted); err != nil || !ok || noted == nil || noted.Text != want {
			t.Errorf("%q is read as %#v, %v", data, e, err)
		}
	}
	encoded, err := pointers.Encode(&Noted{Text: "a"})
	if err != nil || encoded.Type != "noted" || string(encoded.Data) != `{"Text":"a"}` {
		t.Errorf("encoded %+v, %v", encoded, err)
	}
}

type unmapped struct{}

func (unmapped) isEvent() {}

func TestErrors(t *testing.T) {
	t.Parallel()
	if _, err := codec.EncodeAll(Reset{}, unmapped{}); !errors.Is(err, typed.ErrUnknownType) {
		t.Errorf("encode a type that is not mapped: %v", err)
	}
	if _, err := codec.Encode(nil); !errors.Is(err, typed.ErrUnknownType) {
		t.Errorf("encode nil: %v", err)
	}
	if _, err := codec.Decode(store.Committed{Pending: store.Pending{Type: "other"}}); !errors.Is(err, typed.ErrUnknownType) {
		t.Errorf("decode a type that is not mapped: %v", err)
	}
	for _, bad := range []store.Pending{
		{Type: "incremented", Data: json.RawMessage(`{"by":"two"}`)},
		{Type: "increased", Data: json.RawMessage(`{"amount":"many"}`)},
		{Type: "increased", Data: json.RawMessage(`[]`)},
	} {
		if _, err := codec.Decode(store.Committed{Pending: bad}); err == nil {
			t.Errorf("decoded %s %s", bad.Type, bad.Data)
		}
	}
}

func TestNewCodecRefuses(t *testing.T) {
	t.Parallel()
	for name, mappings := range map[string][]typed.Mapping[Event]{
		"an event type twice":    {typed.Type[Event, Reset]("reset"), typed.Type[Event, Incremented]("reset")},
		"a Go type twice":        {typed.Type[Event, Reset]("reset"), typed.Type[Event, Reset]("reset-2")},
		"a Go type that is none": {typed.Type[Event, int]("int")},
	} {
		if _, err := typed.NewCodec(mappings...); err == nil {
			t.Errorf("%s is not refused", name)
		}
	}
}
