package cli

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// Where there is no terminal, progress is a line now and then, with the rate and the time left.
func TestPlainProgress(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	p := (&run{err: &out}).progress("importing", "events", 1000)
	now := time.Now()
	p.now, p.told = func() time.Time { return now }, now
	for second := range 61 {
		p.at(100+5*second, 5000+50*second, "2 of 4 parts") // an earlier run did 5000
		now = now.Add(time.Second)
	}
	p.end()
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 6 {
		t.Errorf("%d lines in a minute: %q", len(lines), lines)
	}
	if got, want := lines[len(lines)-1], "importing: 8000 events, 2 of 4 parts, 50/s, 2m0s left"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
