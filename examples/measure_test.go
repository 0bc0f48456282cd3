package examples_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/http"
	"net/http/httptest"
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
	"golang.org/x/sync/errgroup"

	basic "github.com/aeon-es/aeon/examples/counter-basic/counter"
	lazy "github.com/aeon-es/aeon/examples/counter-cqrs-lazy/counter"
	projected "github.com/aeon-es/aeon/examples/counter-cqrs/counter"
	optimistic "github.com/aeon-es/aeon/examples/counter-optimistic-concurrency/counter"
	snapshot "github.com/aeon-es/aeon/examples/counter-snapshot/counter"
	"github.com/aeon-es/aeon/internal/testenv/dynamolocal"
	"github.com/aeon-es/aeon/internal/testenv/long"
	"github.com/aeon-es/aeon/internal/testenv/recorder"
	"github.com/aeon-es/aeon/projector"
	projectorsqlite "github.com/aeon-es/aeon/projector/sqlite"
	"github.com/aeon-es/aeon/store"
	storedynamo "github.com/aeon-es/aeon/store/dynamo"
	storesqlite "github.com/aeon-es/aeon/store/sqlite"
)

// counters is what commands on counters, and queries, go to.
type counters struct{ commands, queries http.Handler }

// send gives one request to a handler.
func send(h http.Handler, method, target string) (status int, body map[string]any, err error) {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(context.Background(), method, target, http.NoBody))
	return w.Code, body, json.Unmarshal(w.Body.Bytes(), &body)
}

// try gives a command until it is carried out or refused for what it is.
func (c counters) try(command string) (passed bool, err error) {
	for {
		status, body, err := send(c.commands, http.MethodPost, "/counters/c1/"+command)
		switch {
		case err != nil:
			return false, err
		case status == http.StatusCreated:
			return true, nil
		case status == http.StatusConflict:
			return false, nil
		case status != http.StatusServiceUnavailable:
			return false, fmt.Errorf("%s: %d %v", command, status, body)
		}
	}
}

const clients, each = 32, 5

// all has all clients give a command, each several times, and counts those that passed.
func all(t *testing.T, instances []counters, command string) int {
	t.Helper()
	passed := make([]int, clients)
	var running errgroup.Group
	for client := range clients {
		running.Go(func() error {
			for range each {
				ok, err := instances[client%len(instances)].try(command)
				if err != nil {
					return err
				}
				if ok {
					passed[client]++
				}
			}
			return nil
		})
	}
	if err := running.Wait(); err != nil {
		t.Fatal(err)
	}
	sum := 0
	for _, n := range passed {
		sum += n
	}
	return sum
}

func value(t *testing.T, c counters) int {
	t.Helper()
	status, body, err := send(c.queries, http.MethodGet, "/counters/c1")
	v, ok := body["value"].(float64)
	if err != nil || status != http.StatusOK || !ok {
		t.Fatalf("the counter: %d %v (%v)", status, body, err)
	}
	return int(v)
}

// compete has clients fight for a counter of 50, and then add to it, by way of 4 stores on one database, as 4 instances of a function have.
func compete(t *testing.T, commands func(*store.Store) http.Handler, queries func(*store.Store, *projector.Projector) http.Handler) (passed, left, added, end int) {
	t.Helper()
	events, err := storesqlite.Open(":memory:")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = events.Close() }()
	var instances []counters
	for range 4 {
		s := store.New(events)
		instances = append(instances, counters{commands(s), queries(s, nil)})
	}
	if _, err := store.New(events).Append(t.Context(), "counter/c1", store.NoStream(), []store.Pending{{Type: "incremented", Data: json.RawMessage(`{"by":50}`)}}, nil); err != nil {
		t.Fatal(err)
	}
	passed = all(t, instances, "decrement")
	left = value(t, instances[0])
	added = all(t, instances, "increment")
	return passed, left, added, value(t, instances[0])
}

// With optimistic concurrency a counter never goes below zero, and no increment is lost. Beside it, what happens without.
func TestConcurrency(t *testing.T) {
	t.Parallel()
	passed, left, added, end := compete(t, basic.Commands, basic.Queries)
	t.Logf("| counter-basic | %d | %d | %d | %d | %d |", passed, passed-50, left, added, end)
	passed, left, added, end = compete(t, optimistic.Commands, optimistic.Queries)
	t.Logf("| counter-optimistic-concurrency | %d | %d | %d | %d | %d |", passed, passed-50, left, added, end)
	if passed != 50 || left != 0 || added != clients*each || end != added {
		t.Errorf("of 50, %d were taken, and %d left; %d were added, and %d there in the end", passed, left, added, end)
	}
	passed, left, added, end = compete(t, snapshot.Commands, snapshot.Queries)
	if passed != 50 || left != 0 || added != clients*each || end != added {
		t.Errorf("with snapshots: of 50, %d were taken, and %d left; %d were added, and %d there in the end", passed, left, added, end)
	}
}

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

// freshness is how one way of asking fared.
type freshness struct {
	first map[int]int // the statuses of first answers
	waits []time.Duration
}

// askers is how many clients ask, each for counters of its own.
const askers = 10

// ask has clients append to counters, and ask for each at once, and then again until it is there: n times in all.
func ask(t *testing.T, c counters, n int, query string) freshness {
	t.Helper()
	all := make([]freshness, askers)
	var asking errgroup.Group
	for client := range askers {
		asking.Go(func() (err error) {
			all[client], err = c.ask(fmt.Sprintf("c%d-", client), n/askers, query)
			return err
		})
	}
	if err := asking.Wait(); err != nil {
		t.Fatal(err)
	}
	sum := freshness{first: map[int]int{}}
	for _, f := range all {
		for status, count := range f.first {
			sum.first[status] += count
		}
		sum.waits = append(sum.waits, f.waits...)
	}
	slices.Sort(sum.waits)
	return sum
}

// ask is one client of them.
func (c counters) ask(prefix string, n int, query string) (f freshness, err error) {
	f.first = map[int]int{}
	for i := range n {
		id := fmt.Sprintf("%s%d", prefix, i%20)
		_, body, err := send(c.commands, http.MethodPost, "/counters/"+id+"/increment")
		revision, ok := body["revision"].(float64)
		if err != nil || !ok {
			return f, fmt.Errorf("%v (%w)", body, err)
		}
		begin := time.Now()
		for tries := 0; ; tries++ {
			status, body, err := send(c.queries, http.MethodGet, fmt.Sprintf("/counters/%s?revision=%g%s", id, revision, query))
			if err != nil || status != http.StatusOK && status != http.StatusAccepted {
				return f, fmt.Errorf("%d %v (%w)", status, body, err)
			}
			if tries == 0 {
				f.first[status]++
			}
			if status == http.StatusOK {
				if shown, ok := body["revision"].(float64); !ok || shown < revision {
					return f, fmt.Errorf("200 for revision %g with %v", revision, body)
				}
				break
			}
			if time.Since(begin) > patience {
				return f, fmt.Errorf("revision %g doesn't show: %v", revision, body)
			}
			time.Sleep(time.Millisecond)
		}
		f.waits = append(f.waits, time.Since(begin))
	}
	return f, nil
}

func (f freshness) row(name string) string {
	n := len(f.waits)
	return fmt.Sprintf("| %s | %.1f %% | %.1f %% | %.2f ms | %.2f ms |", name, 100*float64(f.first[200])/float64(n), 100*float64(f.first[202])/float64(n),
		float64(f.waits[n/2].Microseconds())/1000, float64(f.waits[n*99/100].Microseconds())/1000)
}

// Whatever is answered with 200 shows what was asked for; lazy queries are never answered otherwise.
func TestFreshness(t *testing.T) {
	t.Parallel()
	const n = 1000
	follow, of := inMemory(t, projected.Views(), true), inMemory(t, lazy.Views(), false)
	p := counters{projected.Commands(follow.store), projected.Queries(follow.store, follow.projector)}
	l := counters{lazy.Commands(of.store), lazy.Queries(of.store, of.projector)}
	rows := []string{ask(t, p, n, "").row("projected"), ask(t, p, n, "&wait=5s").row("waiting")}
	lazily := ask(t, l, n, "")
	t.Logf("\n| | first answer 200 | 202 | time to 200, median | 99 of 100 |\n|---|---|---|---|---|\n%s", strings.Join(append(rows, lazily.row("lazy")), "\n"))
	if lazily.first[http.StatusOK] != n {
		t.Errorf("lazy queries were answered %v", lazily.first)
	}
}

type parts struct {
	store     *store.Store
	projector *projector.Projector
}

// inMemory is the embedded database with views, which something keeps up to date or not.
func inMemory(t *testing.T, views []projector.Definition, follow bool) parts {
	t.Helper()
	events, err := storesqlite.Open(":memory:")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := projectorsqlite.New(t.Context(), events)
	if err != nil {
		t.Fatal(err)
	}
	s := store.New(events)
	p, err := projector.New(s, rows, nil, views...)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var following errgroup.Group
	if follow {
		following.Go(func() error { return rows.Follow(ctx, p, nil) })
	}
	t.Cleanup(func() {
		stop()
		if err := following.Wait(); err != nil {
			t.Error(err)
		}
		if err := events.Close(); err != nil {
			t.Error(err)
		}
	})
	return parts{s, p}
}
