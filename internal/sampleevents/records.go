package sampleevents

import "fmt"

// What the samples tell of.
var (
	twoOfC1 = commit{
		key: "c1", revision: 1, position: "01M86D79RGDQ8N5XJ7W9R20000", id: "7BVKQ2ZJ5N4XW3RTYHAG6CDE2F", slice: 9,
		events: []any{happened("incremented"), happened("incremented")},
	}
	bellOfC1 = object{"view", "counters", "key", "c1", "revision", 2}
	ruleOfC1 = rule("aeon", "incremented", object{"key", "c1", "revision", 2, "position", "01M86D79RGDQ8N5XJ7W9R20001", "committedAt", committed})
	removed  = record(606, "REMOVE", object{"key", s("ü"), "revision", n(1)}, nil)
	// foreign is a record of a table that isn't one of events.
	foreign = record(909, "INSERT", object{"pk", s("user#1"), "sk", s("profile")}, object{"pk", s("user#1"), "sk", s("profile"), "name", s("somebody")})
)

const (
	firstMessage  = "059f36b4-87a3-44ab-83d2-661975830a7d"
	secondMessage = "2e1424d4-f796-459a-8184-9c92662be6da"
	thirdMessage  = "63e8e1a2-6b2c-4d29-9f1c-5d0f6f0a7e11"
)

func doorbell(id string, body any) object { return message("aeon-doorbells", "aeon", id, 1, body) }

func parked(id string, receives int, body any) object {
	return message("aeon-RedriveQueue-1ABCDEFGHIJKL", "aeon-ProjectFunction", id, receives, body)
}

// mixed are commits of two keys, in turn.
func mixed() object {
	again := commit{key: "counter/a b", revision: 3, position: "01M86D7DZHQ5Z8R4D2K7YG0000", at: "2026-11-24T09:12:11.505Z", id: "M3X7Q5KD2JWN4ZRTBVHC6YAGE4", slice: 13}
	again.events = []any{happened("incremented")}
	whole := m("type", s("incremented"), "data", s(`{"by":3}`), "correlationId", s("order-4711"), "metadata", m("by", s("example")))
	return batch(
		inserted(101, commit{
			key: "counter/a b", revision: 1, position: "01M86D7DN8M2V6T0KZ5B1C0000", at: "2026-11-24T09:12:11.176Z", id: "M3X7Q5KD2JWN4ZRTBVHC6YAGE2", slice: 13,
			events: []any{whole, happened("decremented")}, more: []any{"idempotencyKey", s("order-4711")},
		}),
		inserted(202, commit{
			key: "ü", revision: 1, position: "01M86D7DRDA7X3C9E1J6WN0000", at: "2026-11-24T09:12:11.277Z", id: "QZ2M7WKD5JXN3ZRTBVHC6YAGE4", slice: 10,
			events: []any{m("type", s("noted"), "data", s(`{"text":"50%?"}`))},
		}),
		inserted(303, again),
		inserted(404, commit{
			key: "ü", revision: 2, position: "01M86D7E37P9W1T6H3M8XB0000", at: "2026-11-24T09:12:11.623Z", id: "H6YAGEM3XK7Q5D2JWN4ZRTBVC2", slice: 10,
			events: []any{happened("noted"), happened("noted")},
		}),
	)
}

// many are a hundred commits, ten of each of ten keys, which are not in the table.
func many() object {
	var records []any
	for i := range 100 {
		c := commit{
			key: fmt.Sprint("many/", i%10), revision: i/10 + 1, position: fmt.Sprintf("01M86D7FJG%04d6T0KZ5B10000", i),
			id: fmt.Sprintf("K7Q5D2JWN4ZRTBVC2H6YAGE%03d", i), slice: i % 16, events: []any{happened("incremented")},
		}
		records = append(records, inserted(1000+i, c))
	}
	return batch(records...)
}

func projects() []Sample {
	unreadable := commit{key: "c1", revision: 1, position: "no position", id: "7BVKQ2ZJ5N4XW3RTYHAG6CDE2F", slice: 9}
	nothing := &Want{}
	return []Sample{
		{File: "project.json", About: "stream: one commit of two events of `c1`, inserted", Answered: "no failures", Want: nothing, event: batch(inserted(1, twoOfC1))},
		{File: "project-batch.json", About: "stream: four commits of two keys", Answered: "no failures", Want: nothing, event: mixed()},
		{
			File: "project-many.json", About: "stream: a hundred commits of ten keys, a full batch; the rows are written once per key", Answered: "no failures", Want: nothing, event: many(),
		},
		{
			File: "project-changes.json", About: "stream: an item modified, which Aeon never does, and one removed", Answered: "no failures: the table is read", Want: nothing,
			event: batch(record(505, "MODIFY", twoOfC1.keys(), twoOfC1.image()), removed),
		},
		{
			File: "project-malformed-record.json", About: "stream: a record of another table, and one whose commit can't be read", Answered: "no failures: the one is logged, for the other the table is read",
			Want: nothing, event: batch(foreign, inserted(910, unreadable)),
		},
		{
			File: "project-messages.json", About: "SQS: a doorbell, a stream record (from an EventBridge pipe, or a mapping's failure destination), and an event from an event bus", Answered: "no failures",
			Want: nothing, event: batch(doorbell(firstMessage, bellOfC1), doorbell(secondMessage, inserted(1, twoOfC1)), doorbell(thirdMessage, ruleOfC1)),
		},
		{
			File: "project-malformed-message.json", About: "SQS: a message that is no JSON, and a doorbell", Answered: "a failure, for the first",
			Want: &Want{Failed: []string{firstMessage}}, event: batch(doorbell(firstMessage, "c1"), doorbell(secondMessage, bellOfC1)),
		},
		{
			File: "project-bus.json", About: "EventBridge: an event of Aeon's, by a rule", Answered: "where the views stand", Want: &Want{Reached: "counters"}, event: ruleOfC1,
		},
		{
			File: "project-malformed-bus.json", About: "EventBridge: an event that is none of Aeon's", Answered: "an error that tells what is missing",
			Want: &Want{Error: "revision is missing"}, event: rule("aws.ec2", "EC2 Instance State-change Notification", object{"instance-id", "i-abcd1111", "state", "pending"}),
		},
		{File: "project-doorbell.json", About: "direct invocation: all views of `c1`", Answered: "where they stand", Want: &Want{Reached: "streams"}, event: object{"key", "c1"}},
		{
			File: "project-doorbell-view.json", About: "direct invocation: one view of `c1`", Answered: "where it stands", Want: &Want{Reached: "counters"}, event: bellOfC1,
		},
		{
			File: "project-malformed.json", About: "direct invocation with something else", Answered: "an error that tells what is expected",
			Want: &Want{Error: "nothing says what it is"}, event: object{"hello", "world"},
		},
	}
}

func redrives() []Sample {
	return []Sample{
		{
			File: "redrive.json", About: "SQS: `c1` of two views, once for the third time", Answered: "no failures once the views are up to date", Want: &Want{},
			event: batch(parked(secondMessage, 1, object{"view", "counters", "key", "c1"}), parked(thirdMessage, 3, object{"view", "streams", "key", "c1"})),
		},
		{
			File: "redrive-malformed.json", About: "SQS: a message that names no view, and one for a view that there isn't", Answered: "failures, for both: they end with the dead letters",
			Want:  &Want{Failed: []string{firstMessage, secondMessage}},
			event: batch(parked(firstMessage, 1, object{"key", "c1"}), parked(secondMessage, 1, object{"view", "nonesuch", "key", "c1"})),
		},
		{
			File: "redrive-not-messages.json", About: "a batch of stream records", Answered: "an error that tells what is expected",
			Want: &Want{Error: "the event is no batch of"}, event: batch(inserted(1, twoOfC1)),
		},
	}
}

func publishes() []Sample {
	placed := m("type", s("order-placed"), "correlationId", s("r-1"), "metadata", m("cause", s("cart/3@2")), "data", s(`{"total":100,"items":["a","b"]}`))
	byTwo := m("type", s("incremented"), "data", s(`{"by":2}`))
	order := commit{
		key: "order/7", revision: 1, position: "01M86D79RGDQ8N5XJ7W9R20000", id: "7BVKQ2ZJ5N4XW3RTYHAG6CDE2F", slice: 9,
		events: []any{placed, m("type", s("order-paid"), "correlationId", s("r-1"))}, more: []any{"idempotencyKey", s("place-7")},
	}
	third := twoOfC1
	third.revision, third.position, third.events = 3, "01M86D79RGF3K2M4Q5S6T80000", []any{byTwo}
	changed := twoOfC1
	changed.events = []any{byTwo, byTwo}
	large := commit{key: "order/8", revision: 1, position: "01M86D7AQ0E4V8T2KZ5B1C0000", id: "D2JWN4ZRTBVC2H6YAGEK7Q5M3X", slice: 3}
	for range 25 {
		large.events = append(large.events, byTwo)
	}
	nothing := &Want{}
	return []Sample{
		{
			File: "publish.json", About: "stream: two commits of two keys", Answered: "no failures; three events on the bus", Want: nothing,
			event: batch(inserted(1000, order), inserted(1001, third)),
		},
		{
			File: "publish-many.json", About: "stream: a commit of 25 events, which takes three requests", Answered: "no failures; 25 events on the bus", Want: nothing, event: batch(inserted(1002, large)),
		},
		{
			File: "publish-changes.json", About: "stream: an item modified, which Aeon never does, and one removed", Answered: "no failures; what the table has is on the bus", Want: nothing,
			event: batch(record(1003, "MODIFY", changed.keys(), changed.image()), removed),
		},
		{
			File: "publish-malformed-record.json", About: "stream: a record of another table", Answered: "no failures; it is logged", Want: nothing, event: batch(foreign),
		},
		{
			File: "publish-not-records.json", About: "a batch of SQS messages", Answered: "an error that tells what is expected",
			Want: &Want{Error: "no batch of DynamoDB stream records"}, event: batch(doorbell(firstMessage, bellOfC1)),
		},
	}
}
