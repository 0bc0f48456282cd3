package projectortest

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// Account is a row that events of many keys feed: a transfer between two accounts touches both.
type Account struct {
	Balance int `json:"balance"`
	Touched int `json:"touched"`
}

// transfer is the data of an event: Amount goes from one account to the others.
type transfer struct {
	From   string
	To     []string
	Amount int
}

func transferOf(e store.Committed) (transfer, error) {
	var moved transfer
	err := json.Unmarshal(e.Data, &moved)
	return moved, err
}

// accounts is a view whose rows aren't one to one with keys. An account at 0 that was touched often enough is deleted.
func accounts(name string) projector.View[Account] {
	return projector.View[Account]{
		Name: name, Types: []string{"transferred"},
		IDs: func(e store.Committed) []string {
			moved, err := transferOf(e)
			if err != nil {
				panic(err)
			}
			return append(moved.To, moved.From)
		},
		ApplyTo: func(id string, row *Account, e store.Committed) (*Account, error) {
			moved, err := transferOf(e)
			if err != nil {
				return nil, err
			}
			if row == nil {
				row = &Account{}
			}
			row.Touched++
			if id == moved.From {
				row.Balance -= moved.Amount * len(moved.To)
			}
			for _, to := range moved.To {
				if id == to {
					row.Balance += moved.Amount
				}
			}
			if row.Balance == 0 {
				return nil, nil
			}
			return row, nil
		},
	}
}

// runMany has views whose rows are fed by many keys.
func runMany(t *testing.T, open Open) {
	b := setup(t, open)
	t.Run("rows of several keys", func(t *testing.T) { rowsOfSeveralKeys(t, b) })
	t.Run("too many rows", func(t *testing.T) { tooManyRows(t, b) })
	t.Run("more rows than one write takes", func(t *testing.T) { moreRowsThanOneWrite(t, b) })
	t.Run("anything goes", func(t *testing.T) { anythingGoesForMany(t, b) })
}

// bank is a view of accounts with its own names.
type bank struct {
	*bundle
	projector *projector.Projector
	view      string
	prefix    string
	rung      []projector.Doorbell
	want      map[string]int // balances
}

func newBank(t *testing.T, b *bundle) *bank {
	t.Helper()
	k := &bank{bundle: b, view: viewName(t), prefix: t.Name() + "/", want: map[string]int{}}
	k.projector = k.another(t)
	return k
}

func (k *bank) another(t *testing.T) *projector.Projector {
	t.Helper()
	p, err := projector.New(k.store, k.backend, nil, accounts(k.view))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// transfer appends one commit of transfers to a key.
func (k *bank) transfer(t *testing.T, key string, transfers ...transfer) {
	t.Helper()
	var events []store.Pending
	for _, moved := range transfers {
		moved.From = k.prefix + moved.From
		for i, to := range moved.To {
			moved.To[i] = k.prefix + to
			k.want[moved.To[i]] += moved.Amount
		}
		k.want[moved.From] -= moved.Amount * len(moved.To)
		data, err := json.Marshal(moved)
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, store.Pending{Type: "transferred", Data: data})
	}
	a, err := k.store.Append(t.Context(), k.prefix+key, store.Any(), events, nil)
	if err != nil {
		t.Fatal(err)
	}
	k.rung = append(k.rung, bell(&store.Commit{Key: a.Key(), Revision: a.First, Events: events, Count: a.Count}))
}

// expect compares every account's balance.
func (k *bank) expect(t *testing.T) {
	t.Helper()
	var wrong []string
	for id, want := range k.want {
		r, err := k.projector.Query(t.Context(), k.view, id)
		if err != nil {
			t.Fatal(err)
		}
		var got Account
		if r.Row != nil {
			if err := json.Unmarshal(r.Row, &got); err != nil {
				t.Fatal(err)
			}
		}
		if got.Balance != want || want == 0 && r.Row != nil {
			wrong = append(wrong, fmt.Sprintf("%s has %s, want %d", id, r.Row, want))
		}
	}
	if len(wrong) > 0 {
		t.Errorf("%d of %d accounts are wrong: %s", len(wrong), len(k.want), strings.Join(wrong[:min(len(wrong), 5)], "; "))
	}
}

func (k *bank) mustRing(t *testing.T, bells ...projector.Doorbell) {
	t.Helper()
	if err := k.projector.Ring(t.Context(), bells); err != nil {
		t.Fatal(err)
	}
}

func rowsOfSeveralKeys(t *testing.T, b *bundle) {
	k := newBank(t, b)
	k.transfer(t, "x", transfer{From: "a", To: []string{"b"}, Amount: 5})
	k.transfer(t, "y", transfer{From: "b", To: []string{"a", "c"}, Amount: 2}, transfer{From: "c", To: []string{"a"}, Amount: 2})
	k.transfer(t, "x", transfer{From: "b", To: []string{"a"}, Amount: 1})
	k.mustRing(t, k.rung...)
	k.expect(t)
	for key, want := range map[string]store.Revision{"x": 2, "y": 2, "z": 0} {
		if seen, err := k.projector.Seen(t.Context(), k.view, k.prefix+key); err != nil || seen != want {
			t.Errorf("key %q is seen to %d, %v, want %d", key, seen, err, want)
		}
	}
	k.mustRing(t, k.rung...)
	k.mustRing(t, k.rung[2], k.rung[0])
	k.expect(t)
}

// tooManyRows has an event touch more rows than can be written with it: that parks its key, and only that.
func tooManyRows(t *testing.T, b *bundle) {
	k := newBank(t, b)
	k.transfer(t, "good", transfer{From: "a", To: []string{"b"}, Amount: 1})
	want := k.want
	k.want = map[string]int{}
	var to []string
	for i := range projector.MaxWrites {
		to = append(to, fmt.Sprint("many", i))
	}
	k.transfer(t, "bad", transfer{From: "c", To: to, Amount: 1})
	k.want = want
	k.mustRing(t, k.rung...)
	k.expect(t)
	if _, err := k.projector.Seen(t.Context(), k.view, k.prefix+"bad"); !errors.Is(err, projector.ErrParked) {
		t.Errorf("got %v", err)
	}
}

func moreRowsThanOneWrite(t *testing.T, b *bundle) {
	k := newBank(t, b)
	for key := range 4 {
		var transfers []transfer
		for i := range 120 {
			transfers = append(transfers, transfer{From: "bank", To: []string{fmt.Sprint(key, "-", i)}, Amount: 1 + i%2})
		}
		k.transfer(t, fmt.Sprint(key), transfers...)
	}
	k.mustRing(t, k.rung...)
	k.expect(t)
}

// anythingGoesForMany is anythingGoes for a bank.
func anythingGoesForMany(t *testing.T, b *bundle) {
	seed := rand.Uint64() //nolint:gosec // a test
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // a test
	k := newBank(t, b)
	last := map[string]projector.Doorbell{}
	for range 40 {
		account := func() string { return fmt.Sprint("account", random.IntN(6)) }
		var transfers []transfer
		for range 1 + random.IntN(3) {
			transfers = append(transfers, transfer{From: account(), To: []string{account()}, Amount: 1 + random.IntN(3)})
		}
		k.transfer(t, fmt.Sprint("key", random.IntN(4)), transfers...)
		bell := k.rung[len(k.rung)-1]
		last[bell.Key] = bell
	}
	var all sync.WaitGroup
	for range 3 {
		mine := append(slices.Clone(k.rung), k.rung...)
		random.Shuffle(len(mine), func(i, j int) { mine[i], mine[j] = mine[j], mine[i] })
		p := k.another(t)
		all.Go(func() {
			for batch := range slices.Chunk(mine[:len(mine)/2], 9) {
				_ = p.Ring(t.Context(), batch) // may give up while others are ahead; the last bells make up for it
			}
		})
	}
	all.Wait()
	for _, bell := range last {
		k.mustRing(t, bell)
	}
	k.expect(t)
}
