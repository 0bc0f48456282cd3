package examples_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	basic "github.com/aeon-es/aeon/examples/counter-basic/counter"
	optimistic "github.com/aeon-es/aeon/examples/counter-optimistic-concurrency/counter"
	snapshot "github.com/aeon-es/aeon/examples/counter-snapshot/counter"
	"github.com/aeon-es/aeon/internal/testenv/dynamolocal"
	"github.com/aeon-es/aeon/internal/testenv/long"
	"github.com/aeon-es/aeon/internal/testenv/recorder"
	"github.com/aeon-es/aeon/store"
	storedynamo "github.com/aeon-es/aeon/store/dynamo"
)

// What an increment costs does not grow with the history where there are snapshots, and is what the README says.
func TestHistory(t *testing.T) {
	t.Parallel()
	server := dynamolocal.Shared(t)
	tables := storedynamo.Tables{Events: "history", Metadata: "history-metadata"}
	if err := storedynamo.New(server.Client(), tables, storedynamo.WithoutPositionIndex()).CreateTables(t.Context()); err != nil {
		t.Fatal(err)
	}
	contenders := []struct {
		name     string
		commands func(*store.Store) http.Handler
	}{{"basic", basic.Commands}, {"optimistic", optimistic.Commands}, {"snapshot", snapshot.Commands}}
	lengths := []int{10, 100, 1000}
	if long.Enabled() {
		lengths = append(lengths, 3000)
	}
	written := write(t, server.Client(), tables, lengths[len(lengths)-1])
	table := "| events before | counter-basic | counter-optimistic-concurrency | counter-snapshot |\n|---|---|---|---|\n"
	times := table
	for _, length := range lengths {
		table += fmt.Sprintf("| %d |", length)
		times += fmt.Sprintf("| %d |", length)
		for _, c := range contenders {
			client, rec := server.Recorded()
			id := fmt.Sprintf("%s-%d", c.name, length)
			fill(t, client, tables, id, written[:length], c.commands)
			rec.MeasureCapacity(true)
			s := store.New(storedynamo.New(client, tables))
			increment(t, c.commands(s), "other-"+id) // so that the process has read the store's settings, but nothing of this counter
			rec.Take()
			begin := time.Now()
			increment(t, c.commands(s), id)
			times += fmt.Sprintf(" %.1f ms |", float64(time.Since(begin).Microseconds())/1000)
			table += " " + costs(rec.Take()) + " |"
		}
		table += "\n"
		times += "\n"
	}
	t.Logf("\n%s\n%s", table, times)
	text, err := os.ReadFile("counter-snapshot/README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, said, _ := strings.Cut(string(text), "<!-- history -->\n")
	said, _, _ = strings.Cut(said, "<!-- end -->")
	if !long.Enabled() { // the last line takes long
		lines := strings.SplitAfter(said, "\n")
		said = strings.Join(lines[:len(lines)-2], "")
	}
	if !alike(said, table) {
		t.Errorf("counter-snapshot/README.md has another table than\n%s", table)
	}
}

// alike says whether two tables say the same: large numbers may differ by 1, as the size of a stored time does by a byte.
func alike(a, b string) bool {
	numbers := regexp.MustCompile(`[0-9.]+`)
	if numbers.ReplaceAllString(a, "") != numbers.ReplaceAllString(b, "") {
		return false
	}
	of := numbers.FindAllString(b, -1)
	for i, text := range numbers.FindAllString(a, -1) {
		x, errX := strconv.ParseFloat(text, 64)
		y, errY := strconv.ParseFloat(of[i], 64)
		if errX != nil || errY != nil || x != y && (x < 20 || math.Abs(x-y) > 1) {
			return false
		}
	}
	return true
}

// write makes a history, by an append of its own for each event, and gives its items.
func write(t *testing.T, client *dynamodb.Client, tables storedynamo.Tables, length int) (items []map[string]types.AttributeValue) {
	t.Helper()
	s := store.New(storedynamo.New(client, tables))
	for range length {
		if _, err := s.Append(t.Context(), "written", store.Any(), []store.Pending{{Type: "incremented", Data: json.RawMessage(`{"by":1}`)}}, nil); err != nil {
			t.Fatal(err)
		}
	}
	pages := dynamodb.NewQueryPaginator(client, &dynamodb.QueryInput{
		TableName: &tables.Events, KeyConditionExpression: aws.String("#k = :k"), ExpressionAttributeNames: map[string]string{"#k": "key"},
		ExpressionAttributeValues: map[string]types.AttributeValue{":k": &types.AttributeValueMemberS{Value: "written"}},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		items = append(items, page.Items...)
	}
	return items
}

// fill gives a counter a history that was written for another, many items at a time. Its last event may be an increment by the example, which
// keeps a snapshot if it does that.
func fill(t *testing.T, client *dynamodb.Client, tables storedynamo.Tables, id string, written []map[string]types.AttributeValue, commands func(*store.Store) http.Handler) {
	t.Helper()
	last := len(written)%50 == 0
	if last {
		written = written[:len(written)-1]
	}
	for some := range slices.Chunk(written, 25) {
		var puts []types.WriteRequest
		for _, item := range some {
			item = maps.Clone(item)
			item["key"] = &types.AttributeValueMemberS{Value: "counter/" + id}
			puts = append(puts, types.WriteRequest{PutRequest: &types.PutRequest{Item: item}})
		}
		out, err := client.BatchWriteItem(t.Context(), &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{tables.Events: puts}})
		if err != nil || len(out.UnprocessedItems) > 0 {
			t.Fatalf("write items: %+v (%v)", out, err)
		}
	}
	if last {
		increment(t, commands(store.New(storedynamo.New(client, tables))), id)
	}
}

func increment(t *testing.T, commands http.Handler, id string) {
	t.Helper()
	if status, body, err := send(commands, http.MethodPost, "/counters/"+id+"/increment"); err != nil || status != http.StatusCreated {
		t.Fatalf("increment: %d %v (%v)", status, body, err)
	}
}

// costs are the requests, and their units.
func costs(requests []recorder.Request) string {
	count, read, written := 0, 0.0, 0.0
	for _, r := range requests {
		count++
		for _, c := range r.Consumed {
			if r.Operation == "PutItem" {
				written += c.Total
			} else {
				read += c.Total
			}
		}
	}
	return fmt.Sprintf("%d requests, %g read, %g write", count, read, written)
}
