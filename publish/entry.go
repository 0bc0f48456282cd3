package publish

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/aeon-es/aeon/store"
)

// omission is what an entry leaves out to be taken.
type omission int

const (
	nothing omission = iota
	data
	dataAndMetadata
)

// entry is an event as EventBridge takes it.
type entry struct {
	piece  int // the one that the event belongs to
	event  store.Committed
	omits  omission
	detail string
	size   int // by AWS's rule, and room for the envelope
}

// detail is the JSON in an entry.
type detail struct {
	ID              string            `json:"id"`
	Key             string            `json:"key"`
	Revision        store.Revision    `json:"revision"`
	Position        store.Position    `json:"position"`
	CommittedAt     string            `json:"committedAt"`
	Type            string            `json:"type"`
	CorrelationID   string            `json:"correlationId,omitempty"`
	Metadata        map[string]string `json:"metadata,omitempty"`
	Data            json.RawMessage   `json:"data,omitempty"`
	DataOmitted     bool              `json:"dataOmitted,omitempty"`
	MetadataOmitted bool              `json:"metadataOmitted,omitempty"`
}

// timeLayout is how the HTTP API writes times, too.
const timeLayout = "2006-01-02T15:04:05.000Z"

// entry makes the entry of an event, without what it must leave out to fit a request.
func (p *Publisher) entry(e store.Committed) (*entry, error) {
	n := &entry{event: e}
	for {
		if err := n.encode(p.source); err != nil {
			return nil, err
		}
		if n.size < maxRequest || !n.reduce() {
			return n, nil
		}
	}
}

// reduce has the entry leave out more; false if there is nothing left to leave out. It has to be encoded again.
func (n *entry) reduce() bool {
	switch {
	case n.omits == nothing && len(n.event.Data) > 0:
		n.omits = data
	case n.omits < dataAndMetadata && len(n.event.Metadata) > 0:
		n.omits = dataAndMetadata
	default:
		return false
	}
	return true
}

// encode makes the detail, and measures the entry.
func (n *entry) encode(source string) error {
	e := n.event
	d := detail{
		ID: e.Position.String(), Key: e.Key, Revision: e.Revision, Position: e.Position,
		CommittedAt: e.CommittedAt.UTC().Format(timeLayout), Type: e.Type, CorrelationID: e.CorrelationID,
		Metadata: e.Metadata, Data: e.Data,
	}
	if n.omits >= data && len(e.Data) > 0 {
		d.Data, d.DataOmitted = nil, true
	}
	if n.omits == dataAndMetadata {
		d.Metadata, d.MetadataOmitted = nil, true
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false) // it would change the text of the data, and make it longer
	if err := encoder.Encode(d); err != nil {
		return fmt.Errorf("key %q, revision %d: %w", e.Key, e.Revision, err)
	}
	n.detail = string(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
	n.size = sizeOf(source, detailType(e.Type), n.detail) + envelope
	return nil
}

// sizeOf is the size of an entry with a time and without resources, by AWS's rule.
func sizeOf(source, detailType, detail string) int {
	const time = 14
	return time + len(source) + len(detailType) + len(detail)
}

// maxDetailType is the longest detail type: EventBridge takes 128 characters, and drops what has more without a word.
// Whatever it counts, it is no more than the bytes.
const maxDetailType = 128

// detailType is an event's type, cut where it is longer than EventBridge takes. The detail has all of it.
func detailType(kind string) string {
	if len(kind) <= maxDetailType {
		return kind
	}
	end := maxDetailType
	for !utf8.RuneStart(kind[end]) {
		end--
	}
	return kind[:end]
}

// sent is the entry as the SDK has it.
func (p *Publisher) sent(n *entry) types.PutEventsRequestEntry {
	kind := detailType(n.event.Type)
	return types.PutEventsRequestEntry{
		EventBusName: &p.bus, Source: &p.source, DetailType: &kind, Detail: &n.detail, Time: &n.event.CommittedAt,
	}
}
