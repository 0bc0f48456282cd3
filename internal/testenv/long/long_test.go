package long

import "testing"

func TestOr(t *testing.T) {
	for setting, want := range map[string]int{"": 5, "0": 5, "1": 100} {
		t.Setenv("AEON_LONG", setting)
		if got := Or(100, 5); got != want {
			t.Errorf("AEON_LONG=%q: %d, want %d", setting, got, want)
		}
	}
}
