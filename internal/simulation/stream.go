package simulation

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// stream carries a record of each commit, in shards. Some are lost, doubled, or out of order.
type stream struct {
	world  *world
	random *rand.Rand

	mu     sync.Mutex
	shards [][]record
	taken  map[string]store.Revision // the last one of each key that is in a shard, or lost
	lost   map[string]bool           // keys of which a record was lost
}

// record tells of one commit.
type record struct {
	commit *store.Commit
	bare   bool // without what is in it
}

func (r record) doorbell() projector.Doorbell {
	if r.bare {
		return projector.Doorbell{Key: r.commit.Key, Revision: r.commit.Last()}
	}
	return projector.Doorbell{Key: r.commit.Key, Revision: r.commit.Last(), Commit: r.commit}
}

func newStream(w *world) *stream {
	return &stream{
		world: w, random: w.random("stream"), shards: make([][]record, w.plan.shards),
		taken: map[string]store.Revision{}, lost: map[string]bool{},
	}
}

// collect moves what was stored since into the shards.
func (s *stream) collect() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, key := range s.world.keys() {
		for q := (store.CommitQuery{Key: key, From: s.taken[key] + 1}); ; q.From = s.taken[key] + 1 {
			page, err := s.world.events.Commits(context.Background(), q)
			if err != nil {
				panic(err)
			}
			for j := range page.Commits {
				s.add(i, &page.Commits[j])
			}
			if !page.More {
				break
			}
		}
	}
}

// add puts the record of a commit, of the key with that number, into a shard.
func (s *stream) add(key int, c *store.Commit) {
	p := s.world.plan
	s.taken[c.Key] = c.Last()
	if s.random.Float64() < p.loseRecord {
		s.lost[c.Key] = true
		s.world.count("records lost")
		return
	}
	n := key % p.shards
	if p.scatter {
		n = s.random.IntN(p.shards)
	}
	r := record{commit: c, bare: s.random.Float64() < p.bareRecord}
	s.insert(n, r)
	if s.random.Float64() < p.doubleRecord {
		s.insert(n, r)
		s.world.count("records doubled")
	}
}

// insert puts a record at the end of a shard, or before others.
func (s *stream) insert(n int, r record) {
	at := len(s.shards[n])
	if s.random.Float64() < s.world.plan.reorderRecord {
		at = s.random.IntN(at + 1)
	}
	s.shards[n] = slices.Insert(s.shards[n], at, r)
}

// next is the next batch of a shard.
func (s *stream) next(n, atMost int) []record {
	s.collect()
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.shards[n][:min(atMost, len(s.shards[n]))])
}

// done passes the first records of a batch. Others may have come to stand between them meanwhile.
func (s *stream) done(n int, batch []record) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range batch {
		if i := slices.Index(s.shards[n], r); i >= 0 {
			s.shards[n] = slices.Delete(s.shards[n], i, i+1)
		}
	}
}

// drained says that everything was delivered.
func (s *stream) drained() bool {
	s.collect()
	s.mu.Lock()
	defer s.mu.Unlock()
	return !slices.ContainsFunc(s.shards, func(records []record) bool { return len(records) > 0 })
}

// complete are those of the heads of which no record was lost.
func (s *stream) complete(heads map[string]store.Revision) map[string]store.Revision {
	s.mu.Lock()
	defer s.mu.Unlock()
	complete := map[string]store.Revision{}
	for key, head := range heads {
		if !s.lost[key] {
			complete[key] = head
		}
	}
	return complete
}

// poll delivers one shard, batch by batch, as Lambda does: from the first record that failed on everything comes again.
func (w *world) poll(ctx context.Context, n int) {
	name := fmt.Sprint("shard", n)
	random := w.random(name)
	f := w.function(name)
	defer f.retire()
	for w.turn(ctx, "pull") {
		batch := w.stream.next(n, 1+random.IntN(w.plan.batch))
		if len(batch) == 0 {
			idle()
			continue
		}
		bells := make([]projector.Doorbell, len(batch))
		for i, r := range batch {
			bells[i] = r.doorbell()
		}
		passed := 0
		answered := f.invoke(func(ctx context.Context, p *projector.Projector) {
			passed = passedBy(p.Ring(ctx, bells), len(bells))
		})
		if answered {
			w.stream.done(n, batch[:passed])
			w.answeredFor(bells[:passed])
		}
		if !answered || passed < len(batch) {
			w.count("batches failed")
		}
	}
}
