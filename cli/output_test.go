package cli

import "testing"

func TestOnOneLine(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "", `a "b" c: ü`: `a "b" c: ü`, "a\nb\x1b[2J\x07": `a\nb\x1b[2J\a`, "\xff": `\xff`,
	} {
		if got := onOneLine(text); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}
