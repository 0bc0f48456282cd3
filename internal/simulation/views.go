package simulation

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math"
	"time"

	"github.com/aeon-es/aeon/internal/oracle"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// Types of events. A bad one is a happened one that not all code can fold.
const (
	happened = "happened"
	removed  = "removed"
	bad      = "bad"
	ordered  = "ordered"
	shipped  = "shipped" // by the process manager
	unwanted = "unwanted"
)

var counted = []string{happened, removed, bad}

// tally is the row of a key: it depends on the order of events, so that a doubled, a lost and a swapped one all show.
type tally struct {
	Count int     `json:"count"`
	Hash  uint32  `json:"hash"`
	NaN   float64 `json:"nan,omitempty"` // where code is broken in that way: no row can be stored with it
}

// code is what an instance runs: some of it can't fold some events.
type code struct {
	plan     plan
	instance int
	mended   bool
}

// fails says what becomes of an event: an error, a panic, too much time, or a row that can't be stored.
func (c code) fails(view string, e store.Committed) (unstorable bool, err error) {
	if !c.broken(view, e) {
		return false, nil
	}
	switch c.plan.failing {
	case "panic":
		panic(errBroken)
	case "slow":
		time.Sleep(4 * applyLimit)
	case "row":
		return true, nil
	}
	return false, errBroken
}

func (c code) broken(view string, e store.Committed) bool {
	h := fnv.New32a()
	_, _ = fmt.Fprint(h, c.plan.seed, c.instance, view, e.Key, e.Revision)
	return !c.mended && (e.Type == bad || float64(h.Sum32())/math.MaxUint32 < c.plan.flaky)
}

// tallies has one row per key. Its second version counts by twos.
func tallies(version int, c code) projector.View[tally] {
	const name = "tallies"
	return projector.View[tally]{Name: name, Version: version, Types: counted, Apply: func(row *tally, e store.Committed) (*tally, error) {
		unstorable, err := c.fails(name, e)
		if err != nil || e.Type == removed {
			return nil, err
		}
		if row == nil {
			row = &tally{}
		}
		row.Count += version
		row.Hash = row.Hash*31 + uint32(e.Revision)
		if unstorable {
			row.NaN = math.NaN()
		}
		return row, nil
	}}
}

// shared is a row that several keys feed, with a tally of each.
type shared map[string]*tally

// rowsOf are the rows that an event touches.
func rowsOf(e store.Committed) []string {
	var ids []string
	if err := json.Unmarshal(e.Data, &ids); err != nil {
		panic(err) // never: see someEvents
	}
	return ids
}

// sharedRows has rows that several keys feed.
func sharedRows(version int, c code) projector.View[shared] {
	const name = "shared"
	return projector.View[shared]{Name: name, Version: version, Types: counted, IDs: rowsOf, Apply: func(row *shared, e store.Committed) (*shared, error) {
		unstorable, err := c.fails(name, e)
		if err != nil {
			return nil, err
		}
		if row == nil {
			row = &shared{}
		}
		of := (*row)[e.Key]
		if of == nil {
			of = &tally{}
			(*row)[e.Key] = of
		}
		of.Count += version
		of.Hash = of.Hash*31 + uint32(e.Revision)
		if unstorable {
			of.NaN = math.NaN()
		}
		if e.Type == removed {
			delete(*row, e.Key)
		}
		if len(*row) == 0 {
			return nil, nil
		}
		return row, nil
	}}
}

// orders is the state of a process manager.
type orders struct {
	Orders int `json:"orders"`
}

const shippingName = "shipping"

// shipping ships each order twice: by an event of the key's own parcels, and by one of a key for all.
func shipping(c code) projector.React[orders] {
	return projector.React[orders]{
		Name: shippingName, Types: []string{ordered},
		Apply: func(state *orders, e store.Committed) (*orders, []projector.Reaction, error) {
			if _, err := c.fails(shippingName, e); err != nil {
				return nil, nil, err
			}
			state, err := takeOrder(state, e)
			events := []store.Pending{{Type: shipped}}
			return state, []projector.Reaction{{Key: parcels(e.Key), Events: events}, {Key: allParcels, Events: events}}, err
		},
	}
}

const allParcels = "parcels"

func parcels(key string) string { return allParcels + "/" + key }

func takeOrder(state *orders, _ store.Committed) (*orders, error) {
	if state == nil {
		state = &orders{}
	}
	state.Orders++
	return state, nil
}

// definitions are the views as an instance has them.
func definitions(c code, second bool) []projector.Definition {
	all := []projector.Definition{tallies(1, c), sharedRows(1, c), shipping(c)}
	if second {
		all = append(all, tallies(2, c), sharedRows(2, c))
	}
	return all
}

// mustBe is what rows must be.
func mustBe() []oracle.View {
	right := code{mended: true}
	all := []oracle.View{oracle.Of(projector.View[orders]{Name: shippingName, Types: []string{ordered}, Apply: takeOrder})}
	for version := 1; version <= 2; version++ {
		all = append(all, oracle.Of(tallies(version, right)), oracle.Of(sharedRows(version, right)))
	}
	return all
}
