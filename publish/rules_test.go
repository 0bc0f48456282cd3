package publish_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"

	"github.com/aeon-es/aeon/internal/testenv/faults"
	"github.com/aeon-es/aeon/internal/testenv/ministack"
	"github.com/aeon-es/aeon/publish"
	"github.com/aeon-es/aeon/store"
)

// rules are those of docs/publish.md, each with the events that it lets pass, of those that TestRules appends.
var rules = map[string]struct {
	pattern string
	want    []string
}{
	"all":        {`{"source":["aeon"]}`, []string{"order/1@1", "order/1@2", "order/1@3", "order/2@1", "customer/1@1", "customer/1@2"}},
	"key-prefix": {`{"source":["aeon"],"detail":{"key":[{"prefix":"order/"}]}}`, []string{"order/1@1", "order/1@2", "order/1@3", "order/2@1"}},
	"types":      {`{"source":["aeon"],"detail-type":["order-paid","order-cancelled"]}`, []string{"order/1@2", "order/1@3"}},
	"both":       {`{"source":["aeon"],"detail-type":["renamed"],"detail":{"key":[{"prefix":"customer/"}]}}`, []string{"customer/1@2"}},
	"data":       {`{"source":["aeon"],"detail":{"data":{"total":[{"numeric":[">=",100]}]}}}`, []string{"order/1@1"}},
	"others":     {`{"source":["shop"]}`, nil},
}

// From the table's stream by EventBridge's rules to queues, on a way that loses, repeats and fails: each queue has the
// events of its rule, once or more, and those that came more than once by the same id.
func TestRules(t *testing.T) {
	t.Parallel()
	b := setup(t)
	one := func(kind, data string) store.Pending { return store.Pending{Type: kind, Data: json.RawMessage(data)} }
	b.append(t, "order/1", one("order-placed", `{"total":100}`), one("order-paid", `{}`))
	b.append(t, "customer/1", one("registered", `{"total":"none"}`), one("renamed", `{"name":"Zoë"}`))
	b.append(t, "order/2", one("order-placed", `{"total":99}`))
	b.append(t, "order/1", one("order-cancelled", `{}`))

	server := ministack.Start(t)
	bus := "events"
	server.CreateBus(t, bus)
	inboxes := map[string]*ministack.Inbox{}
	for name, rule := range rules {
		inboxes[name] = server.Subscribe(t, bus, name, rule.pattern)
	}
	config := server.Config()
	way := faults.New(http.DefaultTransport, faults.Seed(t), faults.Odds{
		LoseRequest: 0.1, LoseAnswer: 0.15, Repeat: 0.1, Throttle: 0.1, Partial: 0.3, Break: 0.1,
	})
	config.HTTPClient = &http.Client{Transport: way}
	for range 3 { // processes, each with all of the stream
		p, err := publish.New(eventbridge.NewFromConfig(config), bus, nil)
		if err != nil {
			t.Fatal(err)
		}
		g := &target{Consumer: publish.NewConsumer(p, b.backend)}
		g.insist(t.Context(), t, b.records(t), func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, 5*time.Second)
		})
	}
	for name, rule := range rules {
		expectMessages(t, name, inboxes[name].Take(t, 0), rule.want)
	}
}

// expectMessages says whether a queue has just the events wanted, each under one id of ours and, where it came twice, under two of
// EventBridge's.
func expectMessages(t *testing.T, rule string, got []ministack.Message, want []string) {
	t.Helper()
	details, envelopes := map[string]string{}, map[string]bool{}
	for _, e := range got {
		d := sent{Detail: string(e.Detail)}.detail(t)
		if e.Source != "aeon" || e.Type != d.Type {
			t.Errorf("rule %s: %+v", rule, e)
		}
		if before, ok := details[d.ID]; ok && before != string(e.Detail) {
			t.Errorf("rule %s: the same id for other content: %s, %s", rule, before, e.Detail)
		}
		details[d.ID], envelopes[e.ID] = string(e.Detail), true
	}
	var arrived []string
	for _, text := range details {
		d := sent{Detail: text}.detail(t)
		arrived = append(arrived, fmt.Sprintf("%s@%d", d.Key, d.Revision))
	}
	slices.Sort(arrived)
	if want = slices.Sorted(slices.Values(want)); !slices.Equal(arrived, want) {
		t.Errorf("rule %s: got %v, want %v", rule, arrived, want)
	}
	if len(envelopes) != len(got) || len(got) < 3*len(want) {
		t.Errorf("rule %s: %d messages of %d events, which were published 3 times, with %d ids of EventBridge's", rule, len(got), len(want), len(envelopes))
	}
}

// The documentation's rules are the ones tested here.
func TestDocumentedRules(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/publish.md")
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]bool{}
	for _, block := range regexp.MustCompile("(?s)```json\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		var compact bytes.Buffer
		if err := json.Compact(&compact, []byte(block[1])); err != nil {
			t.Fatalf("%s: %v", block[1], err)
		}
		documented[compact.String()] = true
	}
	for name, rule := range rules {
		if want := rule.want != nil; documented[rule.pattern] != want {
			t.Errorf("rule %s is documented: %v, want %v", name, !want, want)
		}
		delete(documented, rule.pattern)
	}
	if len(documented) != 1 {
		t.Fatalf("documented, but not tested: %v", documented)
	}
	for entry := range documented {
		expectDocumented(t, entry)
	}
}

// expectDocumented says whether an entry is what the first event of the sample is published as.
func expectDocumented(t *testing.T, entry string) {
	t.Helper()
	sample, err := os.ReadFile("../events/publish.json")
	if err != nil {
		t.Fatal(err)
	}
	b := &bus{t: t}
	if _, err := newTarget(t, b).Handle(t.Context(), sample); err != nil || len(b.taken) == 0 {
		t.Fatalf("%d taken, %v", len(b.taken), err)
	}
	var documented struct {
		Source string
		Kind   string `json:"detail-type"`
		Time   time.Time
		Detail json.RawMessage
	}
	if err := json.Unmarshal([]byte(entry), &documented); err != nil {
		t.Fatal(err)
	}
	got := b.taken[0]
	if got.Source != documented.Source || got.DetailType != documented.Kind || int64(got.Time) != documented.Time.Unix() || got.Detail != string(documented.Detail) {
		t.Errorf("documented: %+v, %s\npublished: %+v", documented, documented.Detail, got)
	}
}
