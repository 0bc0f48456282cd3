package storecheck

import (
	"encoding/binary"
	"hash/maphash"
	"maps"
	"slices"

	"github.com/aeon-es/aeon/store"
)

// buckets is how many parts the keys are put into, so that a difference can be found without looking at all of them again.
const buckets = 1 << 14

// digests are sums of digests of events, by bucket: the same for the same events, whatever their order. The two halves are of
// independent hashes, so that it takes no luck worth speaking of for others to have the same.
type digests struct{ sums map[int][2]uint64 }

func (s *digests) add(bucket int, d [2]uint64) {
	if s.sums == nil {
		s.sums = map[int][2]uint64{}
	}
	at := s.sums[bucket]
	s.sums[bucket] = [2]uint64{at[0] + d[0], at[1] + d[1]}
}

func (s *digests) merge(other *digests) {
	for bucket, d := range other.sums {
		s.add(bucket, d)
	}
}

// differing are the buckets in which two aren't the same.
func (s *digests) differing(other *digests) map[int]bool {
	found := map[int]bool{}
	for bucket := range buckets {
		if s.sums[bucket] != other.sums[bucket] {
			found[bucket] = true
		}
	}
	return found
}

// The seeds of this process.
var seeds = [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}

func bucketOf(key string) int { return int(maphash.String(seeds[0], key) % buckets) }

// digester makes digests of events: of everything that is stored of them. It serves one goroutine.
type digester struct{ text []byte }

func newDigester() *digester { return &digester{} }

func (d *digester) digest(e store.Committed) [2]uint64 {
	d.text = d.text[:0]
	d.part(e.Key)
	d.text = binary.BigEndian.AppendUint64(d.text, uint64(e.Revision))
	d.text = append(d.text, e.Position[:]...)
	d.text = binary.BigEndian.AppendUint64(d.text, uint64(e.CommittedAt.UnixMilli()))
	d.part(e.Type)
	d.part(e.CorrelationID)
	for _, name := range slices.Sorted(maps.Keys(e.Metadata)) {
		d.part(name)
		d.part(e.Metadata[name])
	}
	d.text = binary.BigEndian.AppendUint32(d.text, uint32(len(e.Metadata)))
	d.text = append(d.text, e.Data...)
	return [2]uint64{maphash.Bytes(seeds[0], d.text), maphash.Bytes(seeds[1], d.text)}
}

// part adds a text with its length, so that where it ends makes a difference.
func (d *digester) part(text string) {
	d.text = binary.BigEndian.AppendUint32(d.text, uint32(len(text)))
	d.text = append(d.text, text...)
}
