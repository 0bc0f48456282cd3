package projector

import (
	"errors"
	"strings"
	"testing"
)

func TestValidateRow(t *testing.T) {
	t.Parallel()
	nested := func(n int) string { return `{"a":` + strings.Repeat("[", n-1) + strings.Repeat("]", n-1) + `}` }
	for _, tc := range []struct {
		row string
		ok  bool
	}{
		{`{}`, true},
		{`{"a":1,"b":{"_c":1,"":2},"c":["_d"],"d":"_e"}`, true},
		{`{"n":12345678901234567890123456789012345678}`, true},
		{`{"n":1234567890123456789012345678901234567800000}`, true},
		{`{"n":9.99e125,"m":-1e-130,"zero":0,"z":0e999,"y":-0.000}`, true},
		{nested(MaxDepth), true},
		{`{"a\\":"\\","b\"_":"{[\"\\\"_c\":1","\u00e4_":true,"d":["}"],"e":[{"_f":"]"}]}`, true},

		{`[]`, false},
		{`null`, false},
		{`"text"`, false},
		{`{"_a":1}`, false},
		{`{"a":{"b":1},"_c":1}`, false},
		{`{"a":[],"":1}`, false},
		{`{"a":"\"}","\u005fb":1}`, false},
		{`{"a":{"b":"}"},"_c":1}`, false},
		{`{"a":[-1.5E+126]}`, false},
		{`{"n":123456789012345678901234567890123456789}`, false},
		{`{"n":1e126}`, false},
		{`{"a":{"n":[1e-131]}}`, false},
		{nested(MaxDepth + 1), false},
	} {
		err := validateRow([]byte(tc.row))
		if ok := err == nil; ok != tc.ok {
			t.Errorf("%.80s: %v", tc.row, err)
		}
		var problem *RowError
		if err != nil && !errors.As(err, &problem) {
			t.Errorf("%.80s: %T", tc.row, err)
		}
	}
}

func TestRowsThatCannotBeEncoded(t *testing.T) {
	t.Parallel()
	big := strings.Repeat("x", MaxRow)
	if _, err := encodeRow(&map[string]string{"a": big}); err == nil {
		t.Error("a row that is too large is not refused")
	}
	if _, err := encodeRow(&map[string]any{"a": make(chan int)}); err == nil {
		t.Error("a row that is no JSON is not refused")
	}
	if row, err := encodeRow[int](nil); row != nil || err != nil {
		t.Errorf("no row: %s, %v", row, err)
	}
}
