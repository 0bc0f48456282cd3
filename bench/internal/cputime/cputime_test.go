package cputime_test

import (
	"os"
	"testing"
	"time"

	"github.com/aeon-es/aeon/bench/internal/cputime"
)

func TestOf(t *testing.T) {
	t.Parallel()
	before, err := cputime.Of(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	for began := time.Now(); ; { // however slow the machine is: it works for this process, so the clock goes on
		now, err := cputime.Of(os.Getpid())
		if err != nil {
			t.Fatal(err)
		}
		if now > before {
			break
		}
		if time.Since(began) > time.Minute {
			t.Fatalf("after a minute of work the clock still stands at %v", now)
		}
	}
	if _, err := cputime.Of(1 << 21); err == nil {
		t.Error("a process that isn't there has a clock")
	}
}
