package mapping

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"time"

	"github.com/aeon-es/aeon/projector/consumer/consumertest"
)

// record is one of the stream.
type record struct {
	text      json.RawMessage // as the function gets it
	sequence  string
	item      string // the item's key
	arrived   time.Time
	delivered int // how often a function got it
}

func newRecord(from consumertest.Record, edit func(consumertest.Record) consumertest.Record) (*record, error) {
	item, err := itemOf(from)
	if err != nil {
		return nil, err
	}
	r := &record{sequence: from.SequenceNumber(), item: item, arrived: time.Now()}
	if edit != nil {
		from = edit(from)
	}
	r.text, err = json.Marshal(from)
	return r, err
}

// itemOf is the whole key of a record's item, always the same text.
func itemOf(r consumertest.Record) (string, error) {
	text, err := json.Marshal(r.Change()["Keys"])
	if err != nil {
		return "", err
	}
	var keys map[string]any
	if err := json.Unmarshal(text, &keys); err != nil {
		return "", err
	}
	text, err = json.Marshal(keys) // sorted
	return string(text), err
}

// event is what a function gets of a batch.
func event(batch []*record) []byte {
	texts := make([][]byte, len(batch))
	for i, r := range batch {
		texts[i] = r.text
	}
	return fmt.Appendf(nil, `{"Records":[%s]}`, bytes.Join(texts, []byte(",")))
}

func sequences(batch []*record) []string {
	ids := make([]string, len(batch))
	for i, r := range batch {
		ids[i] = r.sequence
	}
	return ids
}

// split says which of n parts of a stream an item belongs to. Parts of different kinds are independent of each other.
func split(item, kind string, n int) int {
	h := fnv.New64a()
	_, _ = h.Write([]byte(kind + item)) // it never fails
	sum := h.Sum64()
	return int((sum ^ sum>>32) % uint64(n))
}
