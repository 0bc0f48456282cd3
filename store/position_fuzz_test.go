package store

import (
	"errors"
	"testing"
)

// FuzzParsePosition parses anything: what is accepted is written back the same, what isn't is ErrInvalid.
func FuzzParsePosition(f *testing.F) {
	for _, seed := range []string{"", "01M85YE5AB3ABQP37F5162M000", "7ZZZZZZZZZZZZZZZZZZZZZZZZZ", "8ZZZZZZZZZZZZZZZZZZZZZZZZZ", "01m85ye5ab3abqp37f5162m000", "01M85YE5AB3ABQP37F5162M00U"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ParsePosition(text)
		if err != nil {
			if !errors.Is(err, ErrInvalid) {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		again, err := ParsePosition(p.String())
		if err != nil || again != p {
			t.Fatalf("%q was read as %s, which is read as %s, %v", text, p, again, err)
		}
	})
}
