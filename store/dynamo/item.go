package dynamo

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/aeon-es/aeon/store"
)

// item is an item as the SDK has it.
type item = map[string]types.AttributeValue

// timeLayout writes times with milliseconds, in UTC, so that they sort as text.
const timeLayout = "2006-01-02T15:04:05.000Z"

// encodeCommit is the item of a commit. Without slices it has no place in the index of positions.
func encodeCommit(c *store.Commit, slices int) item {
	events := make([]types.AttributeValue, len(c.Events))
	for i, e := range c.Events {
		events[i] = &types.AttributeValueMemberM{Value: encodeEvent(e)}
	}
	i := item{
		"key":         stringValue(c.Key),
		"revision":    numberValue(c.Revision),
		"count":       numberValue(c.Count),
		"position":    stringValue(c.Position.String()),
		"committedAt": stringValue(c.CommittedAt.UTC().Format(timeLayout)),
		"appendId":    stringValue(c.AppendID),
		"events":      &types.AttributeValueMemberL{Value: events},
	}
	if slices > 0 {
		i["slice"] = numberValue(sliceOf(c.Key, slices))
	}
	if c.IdempotencyKey != "" {
		i["idempotencyKey"] = stringValue(c.IdempotencyKey)
	}
	return i
}

func encodeEvent(e store.Pending) item {
	i := make(item, 4)
	i["type"] = stringValue(e.Type)
	if e.CorrelationID != "" {
		i["correlationId"] = stringValue(e.CorrelationID)
	}
	if len(e.Data) > 0 {
		i["data"] = stringValue(string(e.Data))
	}
	if len(e.Metadata) > 0 {
		metadata := make(item, len(e.Metadata))
		for name, value := range e.Metadata {
			metadata[name] = stringValue(value)
		}
		i["metadata"] = &types.AttributeValueMemberM{Value: metadata}
	}
	return i
}

// DecodeCommit reads the item of a commit, such as the new image of a stream record. Attributes it doesn't
// know are passed over. The error is a [*store.DamagedError] that names the item.
func DecodeCommit(i map[string]types.AttributeValue) (*store.Commit, error) {
	c := &store.Commit{}
	if err := decodeCommit(c, i); err != nil {
		return nil, err
	}
	return c, nil
}

// decodeCommit reads a commit into c, in two allocations for each commit and one for each event with data.
func decodeCommit(c *store.Commit, i item) error {
	if err := decodePlace(c, i); err != nil {
		return err
	}
	d := decoder{commit: c}
	events, ok := i["events"].(*types.AttributeValueMemberL)
	if !ok {
		d.fail("events", "is not a list")
	} else if len(events.Value) != c.Count {
		d.fail("events", fmt.Sprintf("holds %d events, count says %d", len(events.Value), c.Count))
	}
	if d.err != nil {
		return d.err
	}
	c.Events = make([]store.Pending, c.Count)
	for n, e := range events.Value {
		d.within = n + 1
		d.event(&c.Events[n], e)
	}
	return d.err
}

// decodePlace reads a commit but for its events.
func decodePlace(c *store.Commit, i item) error {
	d := decoder{item: "a commit"}
	c.Key = d.text(i, "key")
	c.Revision = d.revision(i, c.Key)
	if d.err != nil {
		return d.err
	}
	d.commit = c
	c.Count = int(d.number(i, "count"))
	c.Position = d.position(i)
	c.CommittedAt = d.time(i, "committedAt")
	c.AppendID = d.text(i, "appendId")
	c.IdempotencyKey = d.optional(i, "idempotencyKey")
	if d.err == nil && c.Count == 0 {
		d.fail("count", "is 0")
	}
	return d.err
}

func commitName(c *store.Commit) string { return fmt.Sprintf("commit %q @ %d", c.Key, c.Revision) }

// decoder reads attributes by hand and keeps the first error.
type decoder struct {
	item   string        // what it is, for the error
	commit *store.Commit // the same where it is a commit, whose name is made up only if it is needed
	within int           // the event that is read, counted from 1; 0 outside of events
	err    error
}

func (d *decoder) fail(attribute, problem string) {
	if d.err != nil {
		return
	}
	if d.commit != nil {
		d.item = commitName(d.commit)
	}
	if d.within > 0 {
		attribute = strings.TrimSuffix(fmt.Sprintf("events[%d].%s", d.within-1, attribute), ".")
	}
	d.err = &store.DamagedError{Item: d.item, Problem: attribute + " " + problem}
}

func (d *decoder) text(i item, name string) string {
	s, ok := i[name].(*types.AttributeValueMemberS)
	if !ok {
		d.fail(name, "is missing or not a string")
		return ""
	}
	return s.Value
}

func (d *decoder) optional(i item, name string) string {
	if i[name] == nil {
		return ""
	}
	return d.text(i, name)
}

func (d *decoder) number(i item, name string) uint64 {
	n, ok := i[name].(*types.AttributeValueMemberN)
	if !ok {
		d.fail(name, "is missing or not a number")
		return 0
	}
	value, err := strconv.ParseUint(n.Value, 10, 53)
	if err != nil {
		d.fail(name, fmt.Sprintf("is %s, not a whole number below 2^53", n.Value))
	}
	return value
}

// revision reads a commit's, by which it is named from then on.
func (d *decoder) revision(i item, key string) store.Revision {
	n, ok := i["revision"].(*types.AttributeValueMemberN)
	if !ok {
		d.fail("revision", "is missing or not a number")
		return 0
	}
	value, err := strconv.ParseUint(n.Value, 10, 53)
	if err != nil || value == 0 {
		d.item = fmt.Sprintf("commit %q @ %s", key, n.Value)
		d.fail("revision", "is "+n.Value+", not a whole number from 1 to 2^53 - 1: no append has made this item")
	}
	return store.Revision(value)
}

func (d *decoder) position(i item) store.Position {
	p, err := store.ParsePosition(d.text(i, "position"))
	if err != nil {
		d.fail("position", "is not a ULID")
	}
	return p
}

func (d *decoder) time(i item, name string) time.Time {
	t, err := time.Parse(timeLayout, d.text(i, name))
	if err != nil {
		d.fail(name, "is not a time")
	}
	return t
}

// event reads an event into e.
func (d *decoder) event(e *store.Pending, value types.AttributeValue) {
	m, ok := value.(*types.AttributeValueMemberM)
	if !ok {
		d.fail("", "is not a map")
		return
	}
	if e.Type = d.text(m.Value, "type"); e.Type == "" {
		d.fail("type", "is empty")
	}
	e.CorrelationID = d.optional(m.Value, "correlationId")
	if data := d.optional(m.Value, "data"); data != "" {
		e.Data = json.RawMessage(data)
		if !json.Valid(e.Data) {
			d.fail("data", "is not JSON")
		}
	}
	if m.Value["metadata"] != nil {
		e.Metadata = d.metadata(m.Value["metadata"])
	}
}

func (d *decoder) metadata(value types.AttributeValue) map[string]string {
	m, ok := value.(*types.AttributeValueMemberM)
	if !ok {
		d.fail("metadata", "is not a map")
		return nil
	}
	metadata := make(map[string]string, len(m.Value))
	for name, value := range m.Value {
		s, ok := value.(*types.AttributeValueMemberS)
		if !ok {
			d.fail("metadata."+name, "is not a string")
			return nil
		}
		metadata[name] = s.Value
	}
	return metadata
}
