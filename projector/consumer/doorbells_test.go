package consumer_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aeon-es/aeon/internal/defaultapp"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/projector/consumer/consumertest"
	"github.com/aeon-es/aeon/projector/dynamo"
	"github.com/aeon-es/aeon/store"
)

// messages is a batch from a queue, with the ids m0, m1 and so on.
func messages(t *testing.T, bodies ...string) json.RawMessage {
	t.Helper()
	records := []map[string]any{}
	for i, body := range bodies {
		records = append(records, map[string]any{
			"messageId": fmt.Sprint("m", i), "receiptHandle": "r", "body": body, "eventSource": "aws:sqs",
			"attributes": map[string]string{"ApproximateReceiveCount": "1"},
		})
	}
	event, err := json.Marshal(map[string]any{"Records": records})
	if err != nil {
		t.Fatal(err)
	}
	return event
}

// deliverMessages hands over messages, of which those given are to fail.
func (g *target) deliverMessages(t *testing.T, failed []string, bodies ...string) {
	t.Helper()
	r, err := g.Handle(t.Context(), messages(t, bodies...))
	if err != nil || r.BatchItemFailures == nil {
		t.Fatalf("got %+v, %v", r, err)
	}
	var got []string
	for _, f := range r.BatchItemFailures {
		got = append(got, f.ItemIdentifier)
	}
	slices.Sort(got)
	if !slices.Equal(got, failed) {
		t.Errorf("failed: %q, want %q\n%s", got, failed, &g.log)
	}
	if strings.Contains(g.log.String(), "classified") {
		t.Errorf("data in the log:\n%s", &g.log)
	}
}

func body(t *testing.T, r consumertest.Record) string {
	t.Helper()
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// busEvent is an event as an event bus forwards it.
func busEvent(key string, revision int) string {
	return fmt.Sprintf(`{"version":"0","id":"1","detail-type":"incremented","source":"aeon","account":"123456789012","time":"2026-11-25T00:00:00Z",
		"region":"eu-central-1","resources":[],"detail":{"key":%q,"revision":%d,"position":"x","view":7,"data":{"secret":"classified"}}}`, key, revision)
}

const oneUp = `{"count":3,"increments":1,"decrements":0}`

func TestMessages(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.append(t, "c1", "incremented")
	b.append(t, "c1", "incremented")
	b.append(t, "c2", "incremented")
	records := b.records(t)
	forged := records[1].With(func(c map[string]any) { c["NewImage"] = edited(t, c["NewImage"], `\"by\":3`, `\"by\":9`) })
	removed := records[1].With(func(c map[string]any) { delete(c, "NewImage") })
	removed["eventName"] = "REMOVE"
	for name, tc := range map[string]struct {
		bodies []string
		row    string
	}{
		"doorbell":                {[]string{`{"key":"c1"}`}, twoUp},
		"with a revision":         {[]string{`{"key":"c1","revision":2}`}, twoUp},
		"with the first revision": {[]string{`{"key":"c1","revision":1}`}, twoUp},
		"for a view":              {[]string{`{"view":"counters","key":"c1"}`}, twoUp},
		"for another view":        {[]string{`{"view":"streams","key":"c1"}`}, ""},
		"record":                  {[]string{body(t, records[1])}, twoUp},
		"record without an image": {[]string{body(t, records[0].With(func(c map[string]any) { delete(c, "NewImage") }))}, twoUp},
		"forged record":           {[]string{body(t, forged)}, twoUp},
		"removal":                 {[]string{body(t, removed)}, ""},
		"event":                   {[]string{busEvent("c1", 2)}, twoUp},
		"all at once":             {[]string{busEvent("c1", 1), body(t, records[1]), `{"key":"c1","revision":2}`, `{"view":"streams","key":"c1"}`}, twoUp},
		"none":                    {nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := b.newTarget(t)
			for range 2 {
				g.deliverMessages(t, nil, tc.bodies...)
				revision := store.Revision(0)
				if tc.row != "" {
					revision = 2
				}
				g.expectRow(t, "counters", "c1", revision, tc.row)
			}
		})
	}
}

// unreadable are bodies and events that nobody can tell what they are, and why.
var unreadable = map[string]string{
	``:                              "unexpected end",
	`"c1"`:                          "cannot unmarshal",
	`[{"key":"c1"}]`:                "cannot unmarshal",
	`null`:                          "nothing says what it is",
	`{}`:                            "nothing says what it is",
	`{"Key":"c1"}`:                  "nothing says what it is",
	`{"httpMethod":"GET"}`:          "nothing says what it is",
	`{"key":"c1","Records":[]}`:     `"Records" as well as "key"`,
	`{"key":"c1","detail-type":1}`:  `"detail-type" as well as "key"`,
	`{"key":"c1","more":1}`:         `no "more"`,
	`{"key":"c1","View":"streams"}`: `no "View"`,
	`{"key":null}`:                  "key is missing or not a string",
	`{"key":1}`:                     "key is missing or not a string",
	`{"key":""}`:                    "key: is empty",
	`{"key":"a\u0001"}`:             "control character",
	`{"key":"c1","view":""}`:        "view is empty",
	`{"key":"c1","view":1}`:         "view is missing or not a string",
	`{"key":"c1","revision":0}`:     "revision is no whole number",
	`{"key":"c1","revision":-1}`:    "revision is no whole number",
	`{"key":"c1","revision":1.5}`:   "revision is no whole number",
	`{"key":"c1","revision":"1"}`:   "revision is no whole number",
	`{"key":"c1","revision":1e99}`:  "revision is no whole number",
	`{"detail-type":"incremented","detail":{"key":"c1","revision":1}}`:                    "source is missing",
	`{"detail-type":"incremented","source":"aeon"}`:                                       "detail: unexpected end",
	`{"detail-type":"incremented","source":"aeon","detail":"classified"}`:                 "detail: json: cannot unmarshal",
	`{"detail-type":"Object Created","source":"aws.s3","detail":{"object":{"key":"c1"}}}`: "is it one of Aeon's?",
	`{"detail-type":"incremented","source":"aeon","detail":{"key":"c1"}}`:                 "is it one of Aeon's?",
	`{"detail-type":"incremented","source":"aeon","detail":{"revision":1}}`:               "key is missing",
	`{"dynamodb":{}}`: "",
	`{"eventSource":"aws:kinesis","dynamodb":{}}`: "",
}

// A message that can't be read fails by itself, and says why.
func TestMessagesThatCannotBeRead(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.append(t, "c1", "incremented")
	g := b.newTarget(t)
	bodies, failed := []string{`{"key":"c1"}`}, []string{}
	for text := range unreadable {
		failed = append(failed, fmt.Sprint("m", len(bodies)))
		bodies = append(bodies, text)
	}
	bodies, failed = append(bodies, `{"Records":[]}`), append(failed, fmt.Sprint("m", len(bodies)))
	slices.Sort(failed)
	g.deliverMessages(t, failed, bodies...)
	g.expectRow(t, "counters", "c1", 1, oneUp)
	for text, want := range unreadable {
		if quoted := fmt.Sprintf("%q", want); !strings.Contains(g.log.String(), quoted[1:len(quoted)-1]) {
			t.Errorf("%s: nothing in the log says %q:\n%s", text, want, &g.log)
		}
	}
	expectLine(t, g, "batch projected in part", fmt.Sprintf(`"records":%d`, len(bodies)), `"doorbells":1`, fmt.Sprintf(`"failures":%d`, len(failed)))
}

// Of a batch just those messages fail whose keys, views or events aren't to be had.
func TestMessagesThatFail(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, key := range []string{"good", "bad"} {
		b.append(t, key, "incremented")
	}
	table := fmt.Sprint("views", created.Add(1))
	if err := dynamo.New(b.client, table).CreateTable(t.Context()); err != nil {
		t.Fatal(err)
	}
	g := b.targetOn(t, b.faultyRows(table, "bad"), defaultapp.Views()...)
	g.deliverMessages(t, []string{"m1", "m3", "m4"},
		`{"key":"good"}`, `{"key":"bad"}`, `{"key":"bad","view":"counters"}`, `{"key":"good","view":"gone"}`, `{"key":"good","revision":2}`,
		busEvent("good", 1))
	g.expectRow(t, "counters", "good", 1, oneUp)
	g.expectRow(t, "counters", "bad", 1, oneUp)
	expectLine(t, g, "broken on purpose", `unknown view \"gone\"`, "news of revision 2, but the store has nothing behind 1")

	b.append(t, "good", "incremented") // it was only too early
	g.deliverMessages(t, nil, `{"key":"good","revision":2}`)
	g.expectRow(t, "counters", "good", 2, twoUp)
}

// failing is the default application with a view that fails for the key "bad".
func failing() []projector.Definition {
	streams := defaultapp.Streams()
	fold := streams.Apply
	streams.Apply = func(row *defaultapp.Stream, e store.Committed) (*defaultapp.Stream, error) {
		if e.Key == "bad" {
			return nil, errors.New("broken on purpose")
		}
		return fold(row, e)
	}
	return []projector.Definition{defaultapp.Counters(), streams}
}

// A doorbell that comes by itself is answered with where the views stand then.
func TestOneDoorbell(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.append(t, "c1", "incremented")
	b.append(t, "bad", "incremented")
	rows := dynamo.New(b.client, fmt.Sprint("views", created.Add(1)))
	if err := rows.CreateTable(t.Context()); err != nil {
		t.Fatal(err)
	}
	g := b.targetOn(t, rows, failing()...)
	expect := func(event, want string) {
		t.Helper()
		got, err := g.Invoke(t.Context(), []byte(event))
		if err != nil {
			got = []byte(err.Error())
		}
		if string(got) != want {
			t.Errorf("%s: got %s, want %s", event, got, want)
		}
	}
	expect(`{"view":"streams","key":"c1","revision":1}`, `{"key":"c1","views":[{"view":"streams","revision":1}]}`)
	g.expectRow(t, "counters", "c1", 0, "")
	expect(`{"key":"c1"}`, `{"key":"c1","views":[{"view":"counters","revision":1},{"view":"streams","revision":1}]}`)
	expect(`{"key":"nothing"}`, `{"key":"nothing","views":[{"view":"counters","revision":0},{"view":"streams","revision":0}]}`)
	for range 2 {
		expect(`{"key":"bad","revision":1}`,
			`{"key":"bad","views":[{"view":"counters","revision":1},{"view":"streams","revision":0,"parked":{"revision":1,"class":"error"}}]}`)
	}
	b.append(t, "c1", "incremented")
	expect(busEvent("c1", 2), `{"key":"c1","views":[{"view":"counters","revision":2},{"view":"streams","revision":2}]}`)
	g.expectRow(t, "counters", "c1", 2, twoUp)

	expect(`{"view":"gone","key":"c1"}`, `doorbells from number 0 on: unknown view "gone": known are counters, streams`)
	expect(`{"view":"counters","key":"c1","revision":3}`, `doorbells from number 0 on: key "c1": news of revision 3, but the store has nothing behind 2`)
	if strings.Contains(g.log.String(), "classified") {
		t.Errorf("data in the log:\n%s", &g.log)
	}
}

// What is handed over is told apart, and what is nothing of all that is an error that says so.
func TestInvoke(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.append(t, "c1", "incremented")
	g := b.newTarget(t)
	batch, err := consumertest.Event(b.records(t)...)
	if err != nil {
		t.Fatal(err)
	}
	for name, event := range map[string]json.RawMessage{"records": batch, "messages": messages(t, `{"key":"c1"}`), "empty": []byte(`{"Records":[]}`)} {
		if got, err := g.Invoke(t.Context(), event); err != nil || string(got) != `{"batchItemFailures":[]}` {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
	events := map[string]string{
		`{"Records":null}`:                                           `it has no "Records"`,
		`{"Records":[{"eventSource":"aws:s3"}]}`:                     `Records[0] has the eventSource "aws:s3", neither "aws:dynamodb" nor "aws:sqs"`,
		`{"Records":[{"eventSource":"aws:sqs","messageId":"1"},{}]}`: `Records[1] has the eventSource ""`,
	}
	for event, want := range unreadable {
		events[event] = want
	}
	for event, want := range events {
		got, err := g.Invoke(t.Context(), []byte(event))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %s, %v; want an error with %q", event, got, err, want)
		}
	}
}
