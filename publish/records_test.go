package publish_test

import (
	"encoding/binary"
	"encoding/json"
	"fmt"

	"github.com/aeon-es/aeon/projector/consumer/consumertest"
	"github.com/aeon-es/aeon/store"
)

// commits makes records of commits that no store has, for what needs neither a table nor a stream.
type commits struct {
	heads   map[string]store.Revision
	records []consumertest.Record
	events  []store.Committed
}

const committedAt = "2026-11-24T09:12:07.184Z"

// add adds a commit, as docs/stored-format.md has it, and the record that tells of it.
func (c *commits) add(key string, events ...store.Pending) {
	if c.heads == nil {
		c.heads = map[string]store.Revision{}
	}
	var at store.Position
	binary.BigEndian.PutUint64(at[6:], uint64(len(c.records)+1))
	commit := store.Commit{Key: key, Revision: c.heads[key] + 1, Position: at, Count: len(events), Events: events}
	c.heads[key] = commit.Last()
	for e := range commit.All() {
		c.events = append(c.events, e)
	}
	list := []any{}
	for _, e := range events {
		attributes := map[string]any{"type": text(e.Type)}
		if e.CorrelationID != "" {
			attributes["correlationId"] = text(e.CorrelationID)
		}
		if len(e.Data) > 0 {
			attributes["data"] = text(string(e.Data))
		}
		if len(e.Metadata) > 0 {
			metadata := map[string]any{}
			for name, value := range e.Metadata {
				metadata[name] = text(value)
			}
			attributes["metadata"] = map[string]any{"M": metadata}
		}
		list = append(list, map[string]any{"M": attributes})
	}
	keys := map[string]any{"key": text(key), "revision": number(uint64(commit.Revision))}
	c.records = append(c.records, consumertest.Record{
		"eventName": "INSERT", "eventSource": "aws:dynamodb",
		"dynamodb": map[string]any{
			"SequenceNumber": fmt.Sprintf("%021d", len(c.records)+1), "Keys": keys,
			"NewImage": map[string]any{
				"key": keys["key"], "revision": keys["revision"], "count": number(uint64(len(events))), "position": text(at.String()),
				"committedAt": text(committedAt), "appendId": text("7BVKQ2ZJ5N4XW3RTYHAG6CDE2F"), "events": map[string]any{"L": list},
			},
		},
	})
}

func text(s string) map[string]any { return map[string]any{"S": s} }

func number(n uint64) map[string]any { return map[string]any{"N": fmt.Sprint(n)} }

// names are those of all events, as bus.expect wants them.
func (c *commits) names() (names []string) {
	for _, e := range c.events {
		names = append(names, fmt.Sprintf("%s@%d", e.Key, e.Revision))
	}
	return names
}

// quoted is JSON of so many bytes, 2 or more.
func quoted(size int) json.RawMessage {
	s := make([]byte, size)
	for i := range s {
		s[i] = 'x'
	}
	s[0], s[size-1] = '"', '"'
	return s
}
