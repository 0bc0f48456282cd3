package suite

import (
	"fmt"

	"github.com/aeon-es/aeon/bench/internal/driver"
)

// rounds are as many as asked for, or a few to see that it runs.
func (o Options) rounds(n int) int {
	if o.Quick {
		return 2
	}
	return n
}

// size is that of what is prepared.
func (o Options) size(n int) int {
	if o.Quick {
		return min(n, 16)
	}
	return n
}

// aFew keys are appended to in turn.
const aFew = 10

func key(scenario string, round int) string { return fmt.Sprint(scenario, "/", round%aFew) }

// appending has one writer append.
func appending(o Options) []scenario {
	var all []scenario
	for _, n := range []int{1, 10, 100} {
		name := fmt.Sprint("known head, ", n)
		var made []driver.Command
		for i := range aFew {
			made = append(made, driver.Command{Do: "append", Key: key(name, i), Events: 1, Expect: "new"})
		}
		all = append(all, scenario{
			name: name, rounds: o.rounds(1600 / max(1, n/3)), prepare: made,
			timed: func(r int) driver.Command {
				return driver.Command{Do: "append", Key: key(name, r), Events: n, Expect: "known"}
			},
		})
	}
	ways := []struct{ name, expect string }{
		{"new key", "new"}, {"unknown head", "latest"}, {"Exactly, unknown head", "exactly"}, {"idempotent", "once"},
	}
	for _, way := range ways {
		s := scenario{
			name: way.name, rounds: o.rounds(200),
			timed: func(r int) driver.Command {
				return driver.Command{Do: "append", Key: fmt.Sprint(way.name, r), Events: 1, Expect: way.expect}
			},
		}
		if way.expect != "new" {
			s.before = func(r int) []driver.Command {
				return []driver.Command{{Do: "append", Key: fmt.Sprint(way.name, r), Events: 1, Expect: "new"}, {Do: "forget"}}
			}
		}
		all = append(all, s)
	}
	return append(all, scenario{
		name: "an idempotent append, and its repeat", rounds: o.rounds(200), only: []string{"aeon", "aeon, no index"},
		timed: func(r int) driver.Command { return driver.Command{Do: "retry", Key: key("retry", r)} },
	})
}

// together has writers append at once.
func together(o Options) []scenario {
	var all []scenario
	for _, at := range []struct{ writers, events, rounds int }{{1, 1, 11}, {16, 1, 21}, {64, 1, 11}, {16, 10, 9}} {
		name := fmt.Sprint("keys of their own, ", at.writers)
		if at.events > 1 {
			name += fmt.Sprintf(", %d events", at.events)
		}
		writers := min(at.writers, o.size(128))
		command := driver.Command{
			Do: "together", Key: name, Writers: writers, Each: o.size(128) / writers, Events: at.events, Expect: "known",
		}
		all = append(all, scenario{name: name, rounds: o.rounds(at.rounds), timed: func(int) driver.Command { return command }})
	}
	writers, each := 16, 5
	if o.Quick {
		writers, each = 4, 2
	}
	return append(all, scenario{
		name: fmt.Sprint("one key, ", writers), rounds: o.rounds(5),
		timed: func(r int) driver.Command {
			return driver.Command{Do: "together", Key: fmt.Sprint("hot/", r), Hot: true, Writers: writers, Each: each, Expect: "latest"}
		},
		bare: func(r int) driver.Command { // the floor: one writer that is never in doubt
			return driver.Command{Do: "together", Key: fmt.Sprint("hot/", r), Hot: true, Writers: 1, Each: writers * each, Expect: "latest"}
		},
	}, scenario{
		name: fmt.Sprint("one key, ", writers, " in two processes"), rounds: o.rounds(7), only: []string{"bare", "bare again", "aeon"}, inTwo: true,
		timed: func(r int) driver.Command {
			return driver.Command{Do: "together", Key: fmt.Sprint("hot2/", r), Hot: true, Writers: writers / 2, Each: each, Expect: "latest"}
		},
		bare: func(r int) driver.Command {
			return driver.Command{Do: "together", Key: fmt.Sprint("hot2/", r), Hot: true, Writers: 1, Each: writers * each, Expect: "latest"}
		},
	}, scenario{
		name: fmt.Sprint("a storm of conflicts, ", writers), rounds: o.rounds(9),
		timed: func(r int) driver.Command {
			return driver.Command{Do: "storm", Key: fmt.Sprint("storm/", r), Writers: writers}
		},
	})
}

// reading has one reader read a key whose events came 25 at a time, or where a contender can't do that, one at a time.
func reading(o Options) []scenario {
	const most = 4_000 // events that are appended one by one, in a transaction each: more than a page holds, which is all that is read then
	var all []scenario
	for _, at := range []struct{ events, perAppend, rounds int }{{1, 1, 300}, {100, 25, 150}, {10_000, 25, 25}} {
		name := fmt.Sprintf("%d", at.events)
		all = append(all, scenario{
			name: name, rounds: o.rounds(at.rounds), asks: true, prepare: filled(name, o.size(at.events), at.perAppend),
			singly: filled(name, o.size(min(at.events, most)), 1),
			timed:  func(int) driver.Command { return driver.Command{Do: "read", Key: name} },
		})
	}
	one := scenario{
		name: "10000, each appended by itself", rounds: o.rounds(25), prepare: filled("singly", o.size(10_000), 1),
		only:  []string{"bare", "bare again", "aeon"},
		timed: func(int) driver.Command { return driver.Command{Do: "read", Key: "singly"} },
	}
	return append(all, one, fromSnapshot(o))
}

// fromSnapshot has one load the state of a key with 1,000 events from a snapshot behind which there are 10 more.
func fromSnapshot(o Options) scenario {
	const name = "a state, from a snapshot"
	behind := driver.Command{Do: "snapshot", Key: name}
	return scenario{
		name: name, rounds: o.rounds(200), asks: true,
		prepare: append(filled(name, o.size(1_000), 25), behind, driver.Command{Do: "append", Key: name, Events: 10, Expect: "known"}),
		singly:  append(append(filled(name, o.size(1_000), 1), behind), filled(name, 11, 1)[1:]...),
		timed:   func(int) driver.Command { return driver.Command{Do: "load", Key: name} },
	}
}

// everything has one read the events of all keys: 200 with 25 events each.
func everything(o Options) []scenario {
	var made []driver.Command
	for i := range o.size(200) {
		made = append(made, driver.Command{Do: "append", Key: fmt.Sprint("all/", i), Events: 25, Expect: "new"})
	}
	return []scenario{{
		name: "the events of all keys", rounds: o.rounds(15), prepare: made, asks: true,
		timed: func(int) driver.Command { return driver.Command{Do: "readall"} },
	}}
}

// filled appends to a key.
func filled(key string, events, perAppend int) []driver.Command {
	commands := []driver.Command{{Do: "append", Key: key, Events: perAppend, Expect: "new"}}
	for n := perAppend; n < events; n += perAppend {
		commands = append(commands, driver.Command{Do: "append", Key: key, Events: perAppend, Expect: "known"})
	}
	return commands
}

// correct sees what a contender notices.
func correct(o Options) []scenario {
	return []scenario{{
		name: "an append that comes too late", rounds: o.rounds(20),
		before: func(r int) []driver.Command {
			return []driver.Command{{Do: "append", Key: fmt.Sprint("late/", r), Events: 1, Expect: "new"}}
		},
		timed: func(r int) driver.Command { return driver.Command{Do: "stale", Key: fmt.Sprint("late/", r)} },
	}, {
		name: "a repeat", rounds: o.rounds(20),
		before: func(r int) []driver.Command {
			return []driver.Command{{Do: "append", Key: fmt.Sprint("repeat/", r), Events: 1, Expect: "new"}}
		},
		timed: func(r int) driver.Command { return driver.Command{Do: "retry", Key: fmt.Sprint("repeat/", r)} },
	}}
}
