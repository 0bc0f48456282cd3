package sqlite_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aeon-es/aeon/store"
	"github.com/aeon-es/aeon/store/sqlite"
)

// about200 is an event of about 200 bytes.
var about200 = []store.Pending{{Type: "incremented", Data: []byte(`{"by":1,"note":"` + strings.Repeat("x", 150) + `"}`)}}

func inFile(b *testing.B) *store.Store {
	return store.New(open(b, filepath.Join(b.TempDir(), "bench.db")))
}

func BenchmarkAppend(b *testing.B) {
	b.Run("serial", func(b *testing.B) {
		s := inFile(b)
		var head store.Head
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			x := store.NoStream()
			if i > 0 {
				x = store.At(head)
			}
			a, err := s.Append(b.Context(), "key", x, about200, nil)
			if err != nil {
				b.Fatal(err)
			}
			head = a.Head
		}
		perSecond(b)
	})
	b.Run("16 at once, a key each", func(b *testing.B) { atOnce(b, 16, 16) })
	b.Run("16 at once, one key", func(b *testing.B) { atOnce(b, 16, 1) })
	b.Run("serial, idempotent", func(b *testing.B) {
		s := inFile(b)
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			if _, err := s.Append(b.Context(), "key", store.Any(), about200, &store.AppendOptions{IdempotencyKey: fmt.Sprint(i)}); err != nil {
				b.Fatal(err)
			}
		}
		perSecond(b)
	})
}

// perSecond reports the rate. The budgets are 5,000 appends a second one after the other, and three times that, 15,000,
// with 16 writers at once.
func perSecond(b *testing.B) {
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "appends/s")
}

// BenchmarkSixteenOverSerial reports how many times as much 16 writers at once append as one does alone. The two take
// turns, so that what else the machine does falls on both.
func BenchmarkSixteenOverSerial(b *testing.B) {
	const writers, each = 16, 100
	s := inFile(b)
	var alone, together time.Duration
	for b.Loop() {
		begun := time.Now()
		appendTo(b, s, 1, 1, writers*each)
		alone += time.Since(begun)
		begun = time.Now()
		appendTo(b, s, writers, writers, writers*each)
		together += time.Since(begun)
	}
	b.ReportMetric(alone.Seconds()/together.Seconds(), "x")
	b.ReportMetric(float64(b.N*writers*each)/alone.Seconds(), "serial/s")
	b.ReportMetric(float64(b.N*writers*each)/together.Seconds(), "16-at-once/s")
}

// atOnce shares b.N appends among writers, which share the keys.
func atOnce(b *testing.B, writers, keys int) {
	s := inFile(b)
	b.ReportAllocs()
	b.ResetTimer()
	appendTo(b, s, writers, keys, b.N)
	perSecond(b)
}

// appendTo shares total appends among writers, which share the keys.
func appendTo(b *testing.B, s *store.Store, writers, keys, total int) {
	done := make(chan error, writers)
	for w := range writers {
		go func() {
			for i := w; i < total; i += writers {
				if _, err := s.Append(b.Context(), fmt.Sprint("key", w%keys), store.Any(), about200, nil); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	for range writers {
		if err := <-done; err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRead10000Events(b *testing.B) {
	for _, perCommit := range []int{1, 10} {
		b.Run(fmt.Sprint(perCommit, " to a commit"), func(b *testing.B) {
			s := inFile(b)
			events := make([]store.Pending, perCommit)
			for i := range events {
				events[i] = about200[0]
			}
			for range 10_000 / perCommit {
				mustAppend(b, s, events)
			}
			b.ReportAllocs()
			for b.Loop() {
				n := 0
				for _, err := range s.Read(b.Context(), "key", store.Range{}) {
					if err != nil {
						b.Fatal(err)
					}
					n++
				}
				if n != 10_000 {
					b.Fatal(n, "events")
				}
			}
		})
	}
}

func BenchmarkHead(b *testing.B) {
	s := store.New(open(b, sqlite.Memory))
	mustAppend(b, s, about200)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Head(b.Context(), "key"); err != nil {
			b.Fatal(err)
		}
	}
}
