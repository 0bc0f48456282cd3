package dashboard

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/aeon-es/aeon/store"
)

// What the index of keys holds and answers at most.
const (
	maxKeys     = 100_000
	maxKeyPage  = 200
	recent      = 1000 // events that are looked at to tell which keys changed last
	headsAtOnce = 16
)

// keyLine is a key in the list. Revision is 0 until it is known.
type keyLine struct {
	Key      string         `json:"key"`
	Revision store.Revision `json:"revision"`
	Type     string         `json:"type,omitempty"` // of the last event
	At       time.Time      `json:"at,omitzero"`    // of the last event
	position store.Position // of the last event
}

func lineOfLast(e store.Committed) keyLine {
	return keyLine{Key: e.Key, Revision: e.Revision, Type: e.Type, At: e.CommittedAt, position: e.Position}
}

// keyIndex knows the store's keys: read once, when it is first asked, and then kept by what arrives.
type keyIndex struct {
	store *store.Store

	loading sync.Mutex
	loaded  bool
	whole   bool // there are no more keys than it holds

	mu     sync.Mutex
	keys   map[string]*keyLine
	sorted []*keyLine // by the order last asked for; nil when it has changed
	by     string
}

func newKeyIndex(s *store.Store) *keyIndex {
	return &keyIndex{store: s, keys: map[string]*keyLine{}}
}

// note takes note of the last event of a commit.
func (x *keyIndex) note(e store.Committed) {
	x.mu.Lock()
	defer x.mu.Unlock()
	k := x.keys[e.Key]
	if k == nil {
		if len(x.keys) >= maxKeys {
			return
		}
		k = &keyLine{Key: e.Key}
		x.keys[e.Key] = k
	}
	if e.Revision > k.Revision {
		*k = lineOfLast(e)
		x.sorted = nil
	}
}

// load reads which keys there are, the first time, and which of them changed last.
func (x *keyIndex) load(ctx context.Context) error {
	x.loading.Lock()
	defer x.loading.Unlock()
	if x.loaded {
		return nil
	}
	for e, err := range x.store.ReadAll(ctx, store.AllRange{Backward: true, Limit: recent}) {
		if errors.Is(err, store.ErrNoPositionIndex) {
			break
		}
		if err != nil {
			return err
		}
		x.note(e)
	}
	for q := (store.KeyQuery{Segments: 1}); ; {
		page, err := x.store.Keys(ctx, q)
		if err != nil {
			return err
		}
		for _, key := range page.Keys {
			x.add(key)
		}
		if q.After = page.Next; q.After == "" || x.full() {
			x.whole = q.After == ""
			break
		}
	}
	x.loaded = true
	return nil
}

func (x *keyIndex) add(key string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.keys[key] == nil && len(x.keys) < maxKeys {
		x.keys[key] = &keyLine{Key: key}
		x.sorted = nil
	}
}

func (x *keyIndex) full() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return len(x.keys) >= maxKeys
}

// find gives a page of the keys that contain q, and how many those are.
func (x *keyIndex) find(q, by string, offset, limit int) (page []keyLine, total int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.sort(by)
	q = strings.ToLower(q)
	for _, k := range x.sorted {
		if q != "" && !strings.Contains(strings.ToLower(k.Key), q) {
			continue
		}
		if total >= offset && len(page) < limit {
			page = append(page, *k)
		}
		total++
	}
	return page, total
}

// sort has sorted in an order: "name", or else the ones that changed last before the others.
func (x *keyIndex) sort(by string) {
	if x.sorted != nil && x.by == by {
		return
	}
	x.sorted, x.by = make([]*keyLine, 0, len(x.keys)), by
	for _, k := range x.keys {
		x.sorted = append(x.sorted, k)
	}
	slices.SortFunc(x.sorted, func(a, b *keyLine) int {
		if by != "name" {
			if c := b.position.Compare(a.position); c != 0 {
				return c
			}
		}
		return cmp.Compare(a.Key, b.Key)
	})
}

// complete reads what isn't known of keys that are shown.
func (x *keyIndex) complete(ctx context.Context, page []keyLine) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(headsAtOnce)
	for i := range page {
		if page[i].Revision > 0 {
			continue
		}
		g.Go(func() error {
			e, found, err := x.store.ReadLatest(ctx, page[i].Key)
			if err != nil || !found {
				return err
			}
			page[i] = lineOfLast(e)
			x.learn(page[i])
			return nil
		})
	}
	return g.Wait()
}

// learn keeps what was read of a key. It leaves the order as it is, so that pages that were read before still fit.
func (x *keyIndex) learn(read keyLine) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if k := x.keys[read.Key]; k != nil && k.Revision < read.Revision {
		*k = read
	}
}

// keyPage is the answer with keys.
type keyPage struct {
	Keys []keyLine `json:"keys"`
	// Total is how many keys match; where Whole is false, there are more keys than the index holds.
	Total int  `json:"total"`
	Whole bool `json:"whole"`
}

// listKeys serves GET /dev/keys.
func (d *dashboard) listKeys(r *http.Request) (any, error) {
	v := r.URL.Query()
	offset, err := number(v.Get("offset"), "offset", 0, maxKeys)
	if err != nil {
		return nil, err
	}
	limit, err := number(v.Get("limit"), "limit", 100, maxKeyPage)
	if err != nil {
		return nil, err
	}
	if err := d.keys.load(r.Context()); err != nil {
		return nil, err
	}
	found, total := d.keys.find(v.Get("q"), v.Get("sort"), offset, limit)
	if err := d.keys.complete(r.Context(), found); err != nil {
		return nil, err
	}
	a := keyPage{Keys: found, Total: total, Whole: d.keys.whole}
	if q := v.Get("q"); total == 0 && store.ValidateKey(q) == nil { // beyond what the index holds
		e, there, err := d.Store.ReadLatest(r.Context(), q)
		if err != nil {
			return nil, err
		}
		if there {
			a.Keys, a.Total = []keyLine{lineOfLast(e)}, 1
		}
	}
	if a.Keys == nil {
		a.Keys = []keyLine{}
	}
	return a, nil
}

func number(text, field string, otherwise, most int) (int, error) {
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > most {
		return 0, invalidf(field, "%q is no number from 0 to %d", text, most)
	}
	return n, nil
}
