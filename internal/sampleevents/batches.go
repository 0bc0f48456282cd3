package sampleevents

import (
	"crypto/md5" //nolint:gosec // SQS has it so, as a checksum
	"encoding/hex"
	"fmt"
	"strconv"
	"time"
)

const (
	region     = "eu-central-1"
	streamARN  = "arn:aws:dynamodb:eu-central-1:123456789012:table/aeon-EventsTable-1ABCDEFGHIJKL/stream/2026-11-24T09:00:00.000"
	sent       = 1795511527 // when all of it happens, in Unix seconds
	sentMillis = sent*1000 + 184
	committed  = "2026-11-24T09:12:07.184Z"
)

// s, n, m and l are attribute values of DynamoDB.
func s(text string) object        { return object{"S", text} }
func n(number int) object         { return object{"N", strconv.Itoa(number)} }
func m(members ...any) object     { return object{"M", object(members)} }
func l(values ...any) object      { return object{"L", values} }
func happened(kind string) object { return m("type", s(kind)) }

// commit is an item of the events table.
type commit struct {
	key      string
	revision int
	position string
	at       string // when it was committed; the usual time if empty
	id       string // of the append
	slice    int
	events   []any
	more     []any // attributes behind the events
}

func (c commit) keys() object { return object{"key", s(c.key), "revision", n(c.revision)} }

func (c commit) image() object {
	if c.at == "" {
		c.at = committed
	}
	return append(append(c.keys(), "count", n(len(c.events)), "position", s(c.position), "committedAt", s(c.at), "appendId", s(c.id),
		"slice", n(c.slice), "events", l(c.events...)), c.more...)
}

// record is the stream record of something that happened to an item. number tells it from others; image may be nil.
func record(number int, name string, keys object, image any) object {
	change := object{"ApproximateCreationDateTime", sent, "Keys", keys}
	if image != nil {
		change = append(change, "NewImage", image)
	}
	sequence := fmt.Sprintf("1123000000000123456%05d", number)
	return object{
		"eventID", fmt.Sprintf("00000eb276decd307b54%012x", number*number*1009), "eventName", name, "eventVersion", "1.1",
		"eventSource", "aws:dynamodb", "awsRegion", region,
		"dynamodb", append(change, "SequenceNumber", sequence, "SizeBytes", 488, "StreamViewType", "NEW_IMAGE"),
		"eventSourceARN", streamARN,
	}
}

func inserted(number int, c commit) object { return record(number, "INSERT", c.keys(), c.image()) }

func batch(records ...any) object { return object{"Records", records} }

// message is one of a queue of that name.
func message(queue, sender, id string, receives int, body any) object {
	text, isText := body.(string)
	if !isText {
		b, err := encode(body)
		if err != nil {
			panic(err) // bodies are in this package
		}
		text = string(b)
	}
	sum := md5.Sum([]byte(text)) //nolint:gosec // as above
	return object{
		"messageId", id, "receiptHandle", "AQEB" + id + "==", "body", text,
		"attributes", object{
			"ApproximateReceiveCount", strconv.Itoa(receives), "SentTimestamp", strconv.Itoa(sentMillis),
			"SenderId", "AROAEXAMPLEEXAMPLE00:" + sender, "ApproximateFirstReceiveTimestamp", strconv.Itoa(sentMillis + 6),
		},
		"messageAttributes", object{}, "md5OfBody", hex.EncodeToString(sum[:]), "eventSource", "aws:sqs",
		"eventSourceARN", "arn:aws:sqs:" + region + ":123456789012:" + queue, "awsRegion", region,
	}
}

// rule is an event that a rule of an event bus hands on.
func rule(source, kind string, detail object) object {
	return object{
		"version", "0", "id", "6a7e8feb-b491-4cf7-a9f1-bf3703467718", "detail-type", kind, "source", source, "account", "123456789012",
		"time", time.Unix(sent, 0).UTC().Format(time.RFC3339), "region", region, "resources", []any{}, "detail", detail,
	}
}
