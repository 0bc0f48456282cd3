// Package typed maps Go types to event types, for those who would rather handle their own structs than JSON. It is optional:
// the store itself knows only event types and JSON.
//
//	type Event interface{ isEvent() }
//	type Incremented struct{ By int }
//	type Increased struct{ Amount int } // as it was written before
//
//	var codec = typed.MustCodec(
//		typed.Type[Event, Incremented]("incremented"),
//		typed.Upcast("increased", func(old Increased) (Event, error) { return Incremented{By: old.Amount}, nil }),
//	)
//
//	pending, err := codec.Encode(Incremented{By: 2}) // for Store.Append
//	event, err := codec.Decode(committed)            // of Store.Read: an Event, to switch on
//
// Event types are stored, and Go types are not: rename those as you like. When what an event looks like changes, either the
// new fields have zero values that are right for old events, or the event gets a new type, and the old one is read by [Upcast].
package typed

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"

	"github.com/aeon-es/aeon/store"
)

// ErrUnknownType is matched by the errors for a Go type or an event type that the codec wasn't given.
var ErrUnknownType = errors.New("unknown event type")

// Codec encodes and decodes the events of an application, all of which are an E. Make it with [NewCodec]; safe
// for concurrent use.
type Codec[E any] struct {
	names   map[reflect.Type]string
	decoder map[string]func(data json.RawMessage) (E, error)
}

// Mapping is what [Type] and [Upcast] make for [NewCodec].
type Mapping[E any] struct {
	name   string
	goType reflect.Type // nil for one that is only read
	decode func(data json.RawMessage) (E, error)
}

// Type maps the Go type T, which must be an E, to an event type. Its data is T as JSON.
func Type[E, T any](name string) Mapping[E] {
	return Mapping[E]{name: name, goType: reflect.TypeFor[T](), decode: func(data json.RawMessage) (E, error) {
		var none E
		value, err := decode[T](data)
		if err != nil {
			return none, err
		}
		e, ok := any(value).(E)
		if !ok {
			return none, fmt.Errorf("%T is no %v", value, reflect.TypeFor[E]())
		}
		return e, nil
	}}
}

// Upcast reads an event type that is no longer written, and turns it into what is written today.
func Upcast[E, Old any](name string, upcast func(old Old) (E, error)) Mapping[E] {
	return Mapping[E]{name: name, decode: func(data json.RawMessage) (E, error) {
		old, err := decode[Old](data)
		if err != nil {
			var none E
			return none, err
		}
		return upcast(old)
	}}
}

// decode reads data as a T. An event without data is the zero T, and where T is a pointer, one to the zero value.
func decode[T any](data json.RawMessage) (T, error) {
	var value T
	if t := reflect.TypeFor[T](); t.Kind() == reflect.Pointer && (len(data) == 0 || string(data) == "null") {
		return reflect.New(t.Elem()).Interface().(T), nil //nolint:errcheck,forcetypeassert // it is a T
	}
	if len(data) == 0 {
		return value, nil
	}
	err := json.Unmarshal(data, &value)
	return value, err
}

// NewCodec makes a codec of mappings. Errors name an event type or a Go type that is mapped twice, and a Go type that
// is no E.
func NewCodec[E any](mappings ...Mapping[E]) (*Codec[E], error) {
	c := &Codec[E]{names: map[reflect.Type]string{}, decoder: map[string]func(json.RawMessage) (E, error){}}
	for _, m := range mappings {
		if _, twice := c.decoder[m.name]; twice {
			return nil, fmt.Errorf("event type %q is mapped twice", m.name)
		}
		c.decoder[m.name] = m.decode
		if m.goType == nil {
			continue
		}
		if e := reflect.TypeFor[E](); !m.goType.AssignableTo(e) {
			return nil, fmt.Errorf("event type %q: %v is no %v", m.name, m.goType, e)
		}
		if name, twice := c.names[m.goType]; twice {
			return nil, fmt.Errorf("%v is mapped to event types %q and %q: read the older one with Upcast", m.goType, name, m.name)
		}
		c.names[m.goType] = m.name
	}
	return c, nil
}

// MustCodec is [NewCodec] for a package's variables: it panics on an error.
func MustCodec[E any](mappings ...Mapping[E]) *Codec[E] {
	c, err := NewCodec(mappings...)
	if err != nil {
		panic(err)
	}
	return c
}

// Encode makes an event of e. Correlation id and metadata are the caller's to add. Errors: one that matches
// [ErrUnknownType], or that e can't be written as JSON.
func (c *Codec[E]) Encode(e E) (store.Pending, error) {
	name, ok := c.names[reflect.TypeOf(e)]
	if !ok {
		return store.Pending{}, fmt.Errorf("%w: %T is not mapped", ErrUnknownType, e)
	}
	data, err := json.Marshal(e)
	if err != nil {
		return store.Pending{}, fmt.Errorf("encode %T: %w", e, err)
	}
	return store.Pending{Type: name, Data: data}, nil
}

// EncodeAll makes events of all of them, for one append.
func (c *Codec[E]) EncodeAll(events ...E) ([]store.Pending, error) {
	pending := make([]store.Pending, len(events))
	for i, e := range events {
		var err error
		if pending[i], err = c.Encode(e); err != nil {
			return nil, err
		}
	}
	return pending, nil
}

// Decode reads a stored event. Errors: one that matches [ErrUnknownType], or that the data doesn't fit its type.
func (c *Codec[E]) Decode(e store.Committed) (E, error) {
	var none E
	decode, ok := c.decoder[e.Type]
	if !ok {
		return none, fmt.Errorf("%w %q at revision %d of key %q", ErrUnknownType, e.Type, e.Revision, e.Key)
	}
	decoded, err := decode(e.Data)
	if err != nil {
		return none, fmt.Errorf("decode %q at revision %d of key %q: %w", e.Type, e.Revision, e.Key, err)
	}
	return decoded, nil
}
