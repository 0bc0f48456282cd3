package streamevent

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Record is what a record of a stream is to us. Attributes stay text, so that one that can't be read concerns
// its own record alone.
type Record struct {
	EventSource string `json:"eventSource"`
	EventName   string `json:"eventName"`
	Image       struct {
		Keys           json.RawMessage
		NewImage       json.RawMessage
		SequenceNumber string
	} `json:"dynamodb"`
}

// Source is the eventSource of each record.
const Source = "aws:dynamodb"

// Parse reads an event of Lambda. The error says why it is no batch of stream records.
func Parse(event json.RawMessage) ([]Record, error) {
	var e struct{ Records *[]Record }
	if err := json.Unmarshal(event, &e); err != nil {
		return nil, fmt.Errorf("the event is no batch of DynamoDB stream records: %w", err)
	}
	if e.Records == nil {
		return nil, errors.New("the event is no batch of DynamoDB stream records: it has no \"Records\"")
	}
	for i, r := range *e.Records {
		if r.EventSource != Source {
			return nil, fmt.Errorf("the event is no batch of DynamoDB stream records: Records[%d] has the eventSource %q, not %q", i, r.EventSource, Source)
		}
	}
	return *e.Records, nil
}

// SequenceNumber is what an answer names the record by.
func (r Record) SequenceNumber() string { return r.Image.SequenceNumber }

// Removal says that the record tells of an item that was deleted, which is no news of any event.
func (r Record) Removal() bool { return r.EventName == "REMOVE" }

var errModified = errors.New("somebody modified the commit, which Aeon never does")

// Change reads the record as [Read] does. One that tells of a modification carries no commit: the table is the truth,
// and may be another one by now.
func (r Record) Change() (Change, error) {
	keys, err := attributes(r.Image.Keys)
	if err != nil {
		return Change{}, fmt.Errorf("stream record: keys: %w", err)
	}
	image, problem := attributes(r.Image.NewImage)
	if r.EventName == "MODIFY" {
		image, problem = nil, errModified
	}
	change, err := Read(keys, image)
	if problem != nil {
		change.Problem = problem
	}
	return change, err
}

// attributes reads an item, nil if there is none.
func attributes(text json.RawMessage) (map[string]types.AttributeValue, error) {
	if len(text) == 0 {
		return nil, nil
	}
	return attributevalue.UnmarshalMapJSON(text)
}
