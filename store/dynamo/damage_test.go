package dynamo_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/aeon-es/aeon/internal/testenv/dynamolocal"
	"github.com/aeon-es/aeon/store"
	"github.com/aeon-es/aeon/store/dynamo"
)

// What somebody puts into the table by hand and no append makes is named by whatever read meets it, with its key and its revision;
// what doesn't meet it works.
func TestItemsThatCannotBeAreNamed(t *testing.T) {
	t.Parallel()
	client, tables := dynamolocal.Shared(t).Client(), dynamo.Tables{Events: "strange-events", Metadata: "strange-metadata"}
	b := on(client, tables)
	if err := b.CreateTables(t.Context()); err != nil {
		t.Fatal(err)
	}
	number := func(text string) types.AttributeValue { return &types.AttributeValueMemberN{Value: text} }
	for name, c := range map[string]struct {
		revision string
		change   map[string]types.AttributeValue
		problem  string
	}{
		"fraction": {"1.5", nil, "revision is 1.5, not a whole number from 1 to 2^53 - 1: no append has made this item"},
		"huge":     {"9007199254740993", nil, "revision is 9007199254740993, not"},
		"no count": {"3", map[string]types.AttributeValue{"count": number("0")}, "count is 0"},
		"negative count": {
			"3", map[string]types.AttributeValue{"count": number("-2")}, "count is -2, not a whole number below 2^53",
		},
		"nothing else": {"3", map[string]types.AttributeValue{}, "count is missing or not a number"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, key := store.New(b), "strange/"+name
			for range 2 {
				if _, err := s.Append(t.Context(), key, store.Any(), []store.Pending{{Type: "a"}}, nil); err != nil {
					t.Fatal(err)
				}
			}
			strange := copyOfFirst(t, client, tables, key)
			if c.change != nil && len(c.change) == 0 {
				strange = map[string]types.AttributeValue{"key": strange["key"]}
			}
			strange["revision"] = number(c.revision)
			for attribute, value := range c.change {
				strange[attribute] = value
			}
			if _, err := client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &tables.Events, Item: strange}); err != nil {
				t.Fatal(err)
			}
			for _, r := range []store.Range{{}, {Start: 1}, {Backward: true}, {Limit: 10}} {
				expectNamed(t, s, key, r, "commit \""+key+"\" @ "+c.revision, c.problem)
			}
		})
	}
}

// What somebody puts below the first revision is not in the way of anything: no commit can be there.
func TestItemsBelowTheFirstRevisionArePassedOver(t *testing.T) {
	t.Parallel()
	client, tables := dynamolocal.Shared(t).Client(), dynamo.Tables{Events: "below-events", Metadata: "below-metadata"}
	b := on(client, tables)
	if err := b.CreateTables(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := store.New(b)
	for range 2 {
		if _, err := s.Append(t.Context(), "key", store.Any(), []store.Pending{{Type: "a"}}, nil); err != nil {
			t.Fatal(err)
		}
	}
	for _, revision := range []string{"-1.5", "-1", "0"} {
		strange := copyOfFirst(t, client, tables, "key")
		strange["revision"] = &types.AttributeValueMemberN{Value: revision}
		if _, err := client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &tables.Events, Item: strange}); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range []store.Range{{}, {Start: 1}, {Backward: true}, {Limit: 10}, {End: 2}} {
		n := 0
		for _, err := range s.Read(t.Context(), "key", r) {
			if n++; err != nil {
				t.Errorf("%+v: %v", r, err)
			}
		}
		if n != 2 {
			t.Errorf("%+v: %d events", r, n)
		}
	}
	if e, _, err := s.ReadLatest(t.Context(), "key"); err != nil || e.Revision != 2 {
		t.Errorf("the latest: %d, %v", e.Revision, err)
	}
}

// copyOfFirst is the item of a key's first commit.
func copyOfFirst(t *testing.T, client *dynamodb.Client, tables dynamo.Tables, key string) map[string]types.AttributeValue {
	t.Helper()
	out, err := client.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: &tables.Events, Key: map[string]types.AttributeValue{
		"key": &types.AttributeValueMemberS{Value: key}, "revision": &types.AttributeValueMemberN{Value: "1"},
	}})
	if err != nil || out.Item == nil {
		t.Fatal(out, err)
	}
	return out.Item
}

func expectNamed(t *testing.T, s *store.Store, key string, r store.Range, item, problem string) {
	t.Helper()
	var last error
	for _, last = range s.Read(t.Context(), key, r) {
	}
	damaged, ok := errors.AsType[*store.DamagedError](last)
	if !ok || damaged.Item != item || !strings.HasPrefix(damaged.Problem, problem) {
		t.Errorf("%+v: %v", r, last)
	}
}

// Such an item doesn't keep anybody from going through all keys, also where a page ends at it.
func TestAPageOfKeysEndsAtAnItemThatCannotBe(t *testing.T) {
	t.Parallel()
	var pages []string
	client := through(t, func(operation string, body []byte) (int, string) {
		if operation != "Scan" {
			return 0, ""
		}
		var asked struct{ ExclusiveStartKey json.RawMessage }
		if err := json.Unmarshal(body, &asked); err != nil {
			t.Error(err)
		}
		if pages = append(pages, string(asked.ExclusiveStartKey)); len(pages) > 1 {
			return http.StatusOK, `{"Items":[{"key":{"S":"l"},"revision":{"N":"1"}}]}`
		}
		return http.StatusOK, `{"Items":[{"key":{"S":"k"},"revision":{"N":"-1.5"}}],"LastEvaluatedKey":{"key":{"S":"k"},"revision":{"N":"-1.5"}}}`
	})
	var keys []string
	b := newBackend(t, client)
	for q := (store.KeyQuery{Segments: 1}); ; {
		page, err := b.Keys(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, page.Keys...)
		if q.After = page.Next; q.After == "" {
			break
		}
	}
	if strings.Join(keys, " ") != "k l" || len(pages) != 2 || !strings.Contains(pages[1], `{"N":"-1.5"}`) {
		t.Errorf("keys %v, asked for %v", keys, pages)
	}
}
