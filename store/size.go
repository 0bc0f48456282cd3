package store

// Sizes by DynamoDB's rules, which hold on every backend, so that what works on one machine works
// deployed: an attribute is its name and its value; a list or map adds 3 bytes and 1 for each element.
const (
	containerSize = 3
	elementSize   = 1
	numberSize    = 12 // of a revision, count or slice: a little more than any of them needs
)

// The attributes that every commit has, but for the key, the idempotency key and the events.
const fixedSize = len("revision") + numberSize +
	len("count") + numberSize +
	len("slice") + numberSize +
	len("position") + 26 +
	len("committedAt") + len("2006-01-02T15:04:05.000Z") +
	len("appendId") + 26

// size is that of the item a commit is stored as.
func (c *Commit) size() int {
	n := fixedSize + len("key") + len(c.Key) + len("events") + containerSize
	if c.IdempotencyKey != "" {
		n += len("idempotencyKey") + len(c.IdempotencyKey)
	}
	for _, e := range c.Events {
		n += elementSize + containerSize + eventSize(e)
	}
	return n
}

func eventSize(e Pending) int {
	n := elementSize + len("type") + len(e.Type)
	if e.CorrelationID != "" {
		n += elementSize + len("correlationId") + len(e.CorrelationID)
	}
	if len(e.Data) > 0 {
		n += elementSize + len("data") + len(e.Data)
	}
	if len(e.Metadata) > 0 {
		n += elementSize + len("metadata") + containerSize
		for name, value := range e.Metadata {
			n += elementSize + len(name) + len(value)
		}
	}
	return n
}
