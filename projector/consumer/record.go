package consumer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/projector/dynamo"
)

// record is what a record of a stream is to us. Attributes stay text, so that one that can't be read concerns
// its own record alone.
type record struct {
	EventSource string `json:"eventSource"`
	EventName   string `json:"eventName"`
	Change      struct {
		Keys           json.RawMessage
		NewImage       json.RawMessage
		SequenceNumber string
	} `json:"dynamodb"`
}

const source = "aws:dynamodb"

// parse reads an event of Lambda.
func parse(event json.RawMessage) ([]record, error) {
	var e struct{ Records *[]record }
	if err := json.Unmarshal(event, &e); err != nil {
		return nil, fmt.Errorf("the event is no batch of DynamoDB stream records: %w", err)
	}
	if e.Records == nil {
		return nil, errors.New("the event is no batch of DynamoDB stream records: it has no \"Records\"")
	}
	for i, r := range *e.Records {
		if r.EventSource != source {
			return nil, fmt.Errorf("the event is no batch of DynamoDB stream records: Records[%d] has the eventSource %q, not %q", i, r.EventSource, source)
		}
	}
	return *e.Records, nil
}

// doorbells are those of a batch, each with the sequence number of its record.
type doorbells struct {
	rings    []projector.Doorbell
	sequence []string
}

// doorbells reads the records that carry news. One that can't be the store's is logged and passed over: nothing
// would become of it, and it would come again for ever.
func (c *Consumer) doorbells(ctx context.Context, records []record) doorbells {
	var d doorbells
	for _, r := range records {
		if r.EventName == "REMOVE" {
			continue
		}
		bell, problem, err := r.doorbell()
		if err != nil {
			c.log.ErrorContext(ctx, "stream record passed over", "sequenceNumber", r.Change.SequenceNumber, "error", err)
			continue
		}
		if problem != nil {
			c.log.WarnContext(ctx, "stream record brings no commit, reading the table",
				"sequenceNumber", r.Change.SequenceNumber, "key", bell.Key, "revision", bell.Revision, "error", problem)
		}
		d.rings = append(d.rings, bell)
		d.sequence = append(d.sequence, r.Change.SequenceNumber)
	}
	return d
}

var errModified = errors.New("somebody modified the commit, which Aeon never does")

// doorbell reads a record as [dynamo.Doorbell] does. Where only its keys are of use, problem says why.
func (r record) doorbell() (bell projector.Doorbell, problem, err error) {
	keys, err := attributes(r.Change.Keys)
	if err != nil {
		return bell, nil, fmt.Errorf("stream record: keys: %w", err)
	}
	image, problem := attributes(r.Change.NewImage)
	if r.EventName == "MODIFY" {
		image, problem = nil, errModified // the table is the truth, and may be another one by now
	}
	bell, imageProblem, err := dynamo.Doorbell(keys, image)
	if problem == nil {
		problem = imageProblem
	}
	return bell, problem, err
}

// attributes reads an item, nil if there is none.
func attributes(text json.RawMessage) (map[string]types.AttributeValue, error) {
	if len(text) == 0 {
		return nil, nil
	}
	return attributevalue.UnmarshalMapJSON(text)
}
