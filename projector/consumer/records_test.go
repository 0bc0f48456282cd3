package consumer_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/aeon-es/aeon/projector/consumer/consumertest"
)

const twoUp = `{"count":6,"increments":2,"decrements":0}`

// A record whose image is of no use rings all the same: the table is the truth.
func TestRecordsWithoutAUsableImage(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.append(t, "c1", "incremented")
	b.append(t, "c1", "incremented")
	b.append(t, "c2", "incremented")
	records := b.records(t)
	second := records[1]
	for name, r := range map[string]consumertest.Record{
		"none":               second.With(func(c map[string]any) { delete(c, "NewImage") }),
		"null":               second.With(func(c map[string]any) { c["NewImage"] = nil }),
		"no item":            second.With(func(c map[string]any) { c["NewImage"] = "x" }),
		"no attributes":      second.With(func(c map[string]any) { c["NewImage"] = map[string]any{"key": 1} }),
		"not a commit":       second.With(func(c map[string]any) { c["NewImage"] = c["Keys"] }),
		"of another commit":  second.With(func(c map[string]any) { c["NewImage"] = records[2].Change()["NewImage"] }),
		"of a later version": second.With(func(c map[string]any) { c["NewImage"] = edited(t, c["NewImage"], `"events":{"L"`, `"events":{"S"`) }),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := b.newTarget(t)
			g.mustDeliver(t, r)
			g.expectRow(t, "counters", "c1", 2, twoUp)
			if !strings.Contains(g.log.String(), `"level":"WARN"`) {
				t.Errorf("no warning: %s", &g.log)
			}
		})
	}
}

func edited(t *testing.T, image any, old, replacement string) json.RawMessage {
	t.Helper()
	text, ok := image.(json.RawMessage)
	if !ok || !strings.Contains(string(text), old) {
		t.Fatalf("no %s in %s", old, image)
	}
	return json.RawMessage(strings.Replace(string(text), old, replacement, 1))
}

// What somebody does to the table by hand reaches the stream, too. It neither stops the stream nor changes what was
// folded.
func TestRecordsOfWhatAeonNeverDoes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.append(t, "c1", "incremented")
	b.append(t, "c1", "incremented")
	b.append(t, "gone", "incremented")
	change := func(key, revision, update string) {
		t.Helper()
		in := map[string]types.AttributeValue{
			"key": &types.AttributeValueMemberS{Value: key}, "revision": &types.AttributeValueMemberN{Value: revision},
		}
		var err error
		if update == "" {
			_, err = b.client.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{TableName: &b.tables.Events, Key: in})
		} else {
			_, err = b.client.UpdateItem(t.Context(), &dynamodb.UpdateItemInput{TableName: &b.tables.Events, Key: in, UpdateExpression: &update})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	change("c1", "2", "REMOVE slice")
	change("gone", "1", "")
	change("\x01", "1", "REMOVE slice") // makes an item that no store has
	change("c1", "-1.5", "REMOVE slice")
	records := b.records(t)
	g := b.newTarget(t)
	g.mustDeliver(t, records...)
	g.expectRow(t, "counters", "c1", 2, twoUp)
	g.expectRow(t, "counters", "gone", 1, `{"count":3,"increments":1,"decrements":0}`)

	log := g.log.String()
	if got := strings.Count(log, "stream record passed over"); got != 2 {
		t.Errorf("%d records passed over, want the 2 whose keys no store has:\n%s", got, log)
	}
	if !strings.Contains(log, "somebody modified the commit") {
		t.Errorf("nothing says that a commit was modified:\n%s", log)
	}

	// A modification is news, too, where the row isn't there yet; a removal isn't.
	g = b.newTarget(t)
	g.mustDeliver(t, records[3:5]...)
	g.expectRow(t, "counters", "c1", 2, twoUp)
	g.expectRow(t, "counters", "gone", 0, "")
}

func TestEventsThatAreNoStreamRecords(t *testing.T) {
	t.Parallel()
	g := setup(t).newTarget(t)
	for event, want := range map[string]string{
		``:                     "unexpected end",
		`"x"`:                  "no batch of DynamoDB stream records",
		`{}`:                   `it has no "Records"`,
		`{"Records":null}`:     `it has no "Records"`,
		`{"httpMethod":"GET"}`: `it has no "Records"`,
		`{"Records":[{}]}`:     `Records[0] has the eventSource ""`,
		`{"Records":["x"]}`:    "no batch of DynamoDB stream records",
		`{"Records":[{"eventSource":"aws:dynamodb"},{"eventSource":"aws:sqs","body":"classified"}]}`: `Records[1] has the eventSource "aws:sqs"`,
	} {
		_, err := g.Handle(t.Context(), json.RawMessage(event))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want an error with %q", event, err, want)
		}
	}
	if strings.Contains(g.log.String(), "classified") {
		t.Errorf("data in the log:\n%s", &g.log)
	}
}

// A record whose keys can't be those of a commit is none of the store's. It must not stop the ones that are.
func TestRecordsWithUnusableKeys(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.append(t, "c1", "incremented")
	ours := b.records(t)[0]
	for _, keys := range []string{
		`null`, `{}`, `"x"`, `[]`, `{"key":"c1","revision":1}`, `{"key":{"S":"c1"}}`, `{"revision":{"N":"1"}}`,
		`{"key":{"S":"c1"},"revision":{"S":"1"}}`, `{"key":{"N":"1"},"revision":{"N":"1"}}`, `{"key":{"S":1},"revision":{"N":"1"}}`,
		`{"key":{"S":""},"revision":{"N":"1"}}`, `{"key":{"S":"c1"},"revision":{"N":"0"}}`, `{"key":{"S":"c1"},"revision":{"N":"1.5"}}`,
		`{"key":{"S":"` + strings.Repeat("x", 1025) + `"},"revision":{"N":"1"}}`,
	} {
		g := b.newTarget(t)
		strange := ours.With(func(c map[string]any) { c["Keys"] = json.RawMessage(keys) })
		absent := ours.With(func(c map[string]any) { delete(c, "Keys") })
		g.mustDeliver(t, strange, absent, ours)
		g.expectRow(t, "counters", "c1", 1, `{"count":3,"increments":1,"decrements":0}`)
		if got := strings.Count(g.log.String(), `"level":"ERROR"`); got != 2 {
			t.Errorf("%.80s: %d errors logged, want 2:\n%s", keys, got, &g.log)
		}
	}
}
