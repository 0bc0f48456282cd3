package interleave

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
)

// Replay is the environment variable with the choices of the one run that [Explore] is to repeat.
const Replay = "AEON_REPLAY"

// asked are the choices that the environment has, if it has.
func asked(t *testing.T) (choices []int, ok bool) {
	list, ok := os.LookupEnv(Replay)
	if !ok {
		return nil, false
	}
	for text := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatalf("%s=%s: %v", Replay, list, err)
		}
		choices = append(choices, n)
	}
	return choices, true
}

// replay repeats one run, and tells what happened in it.
func replay(t *testing.T, o Options, scenario Scenario, choices []int) (account []string, err error) {
	synctest.Test(t, func(*testing.T) {
		var r *Run
		r, _, err = once(scenario, o.Faults, true, repeat(choices))
		account = r.account
	})
	return account, err
}

// repeat makes the choices of an earlier run, and the first possible ones beyond.
func repeat(choices []int) chooser {
	at := 0
	return func(options []option) int {
		at++
		if at > len(choices) {
			return 0
		}
		return min(choices[at-1], len(options)-1)
	}
}

// command is the line that repeats a run of the test with that name.
func command(name string, choices []int) string {
	list := make([]string, len(choices))
	for i, n := range choices {
		list[i] = strconv.Itoa(n)
	}
	parts := strings.Split(name, "/")
	for i, p := range parts {
		parts[i] = "^" + regexp.QuoteMeta(p) + "$"
	}
	return fmt.Sprintf("%s=%s go test -v -run '%s' .", Replay, strings.Join(list, ","), strings.Join(parts, "/"))
}
