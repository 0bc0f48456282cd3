package store

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

func TestKeys(t *testing.T) {
	for _, k := range []string{"a", "a/b", "ü", strings.Repeat("k", MaxKey), "\u00a0", "%", "😀"} {
		if err := ValidateKey(k); err != nil {
			t.Errorf("%q: %v", k, err)
		}
	}
	for _, k := range []string{"", strings.Repeat("k", MaxKey+1), strings.Repeat("ü", MaxKey/2+1), "a\tb", "\x00", "\x1f", "\x7f", "\u009f", "\xff"} {
		if err := ValidateKey(k); !errors.Is(err, ErrInvalid) {
			t.Errorf("%q: %v", k, err)
		}
	}
	if err := ValidateIdempotencyKey(strings.Repeat("k", MaxName)); err != nil {
		t.Error(err)
	}
	if err := ValidateIdempotencyKey(strings.Repeat("k", MaxName+1)); !errors.Is(err, ErrInvalid) {
		t.Errorf("too long an idempotency key: %v", err)
	}
}

func TestAnInvalidEventIsNamed(t *testing.T) {
	good := Pending{Type: "a"}
	for field, bad := range map[string]Pending{
		"events[1].type":          {},
		"events[1].correlationId": {Type: "a", CorrelationID: "\n"},
		"events[1].metadata":      {Type: "a", Metadata: map[string]string{"": ""}},
		"events[1].metadata.x":    {Type: "a", Metadata: map[string]string{"x": "\xff"}},
		"events[1].data":          {Type: "a", Data: json.RawMessage("{")},
	} {
		_, err := normalized([]Pending{good, bad})
		if invalid, ok := errors.AsType[*InvalidError](err); !ok || invalid.Field != field {
			t.Errorf("%s: got %v", field, err)
		}
	}
	if _, err := normalized(make([]Pending, maxEvents+1)); !errors.Is(err, ErrInvalid) {
		t.Errorf("too many events: %v", err)
	}
}

func TestFingerprintsTellEventsApart(t *testing.T) {
	seen := map[string]int{}
	for i, events := range [][]Pending{
		{}, {{Type: "a"}}, {{Type: "a"}, {Type: "a"}}, {{Type: "aa"}}, {{Type: "a", CorrelationID: "a"}},
		{{Type: "a", Data: json.RawMessage("1")}}, {{Type: "a", Data: json.RawMessage("1.0")}}, {{Type: "a", CorrelationID: "1"}},
		{{Type: "a"}, {Type: "b"}}, {{Type: "b"}, {Type: "a"}},
	} {
		f := fingerprint(events)
		if other, there := seen[f]; there {
			t.Errorf("%d and %d have one fingerprint", other, i)
		}
		seen[f] = i
	}
	plain, annotated := []Pending{{Type: "a"}}, []Pending{{Type: "a", Metadata: map[string]string{"x": "y"}}}
	if fingerprint(plain) != fingerprint(annotated) {
		t.Error("metadata makes events others")
	}
}

// Fingerprints are stored: were they made otherwise, no repeat of an older append would be taken for one. The figures
// were computed elsewhere, by what docs/stored-format.md says.
func TestFingerprintsNeverChange(t *testing.T) {
	for want, events := range map[string][]Pending{
		"47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU": nil,
		"aqFJOOP1d4s_9RSuFryNDNko95PYiy1IlizZ1afYsZY": {{Type: "opened"}},
		"yX39erTA7iSaElkWTz9n7z52G0hTTzzR1ZZSFOlMHLE": {
			{Type: "ordered", CorrelationID: "trace-1", Metadata: map[string]string{"a": "b"}, Data: json.RawMessage(`{"total":12345678901234567890.10,"text":"ü"}`)},
			{Type: "paid", Data: json.RawMessage("null")},
		},
	} {
		if got := fingerprint(events); got != want {
			t.Errorf("%d events: %s, want %s", len(events), got, want)
		}
	}
}
