package streams

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamodbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"

	"github.com/aeon-es/aeon/internal/killed"
	"github.com/aeon-es/aeon/internal/testenv/dynamolocal"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
	"github.com/aeon-es/aeon/store/dynamo"
)

func TestMain(m *testing.M) {
	if !killed.Main(pollUntilKilled) {
		dynamolocal.Main(m)
	}
}

// bells collects what is rung; the first refusals of them are refused.
type bells struct {
	rung     chan projector.Doorbell
	refusals atomic.Int64
}

func (b *bells) Ring(_ context.Context, batch []projector.Doorbell) error {
	if b.refusals.Add(-1) >= 0 {
		return errors.New("not now")
	}
	for _, bell := range batch {
		b.rung <- bell
	}
	return nil
}

func TestPollerRingsEveryCommitAndTriesAgain(t *testing.T) {
	t.Parallel()
	server := dynamolocal.Shared(t)
	client := server.Client()
	tables := dynamo.Tables{Events: "poller-events", Metadata: "poller-metadata"}
	backend := dynamo.New(client, tables)
	if err := backend.CreateTables(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := store.New(backend)
	appendOne(t, s, "before it runs")
	arn, err := ARN(t.Context(), client, tables.Events)
	if err != nil {
		t.Fatal(err)
	}

	b := &bells{rung: make(chan projector.Doorbell, 10)}
	b.refusals.Store(2)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- New(server.Streams(), arn, b, nil).Run(ctx) }()
	b.expect(t, "before it runs")
	appendOne(t, s, "while it runs")
	b.expect(t, "while it runs")

	// Neither a removal nor somebody else's item may stop it.
	removeAndIntrude(t, client, tables.Events)
	appendOne(t, s, "after that")
	b.expect(t, "after that")
	stop()
	if err := <-ended; err != nil {
		t.Errorf("Run answered %v", err)
	}
}

// expect waits for a doorbell that carries the one commit of key.
func (b *bells) expect(t *testing.T, key string) {
	t.Helper()
	select {
	case bell := <-b.rung:
		if bell.Key != key || bell.Revision != 1 || bell.Commit == nil || bell.Commit.Events[0].Type != "happened" {
			t.Errorf("rung: %+v, want the commit of %q", bell, key)
		}
	case <-time.After(30 * time.Second):
		t.Fatalf("nothing rang for %q", key)
	}
}

func appendOne(t *testing.T, s *store.Store, key string) {
	t.Helper()
	if _, err := s.Append(t.Context(), key, store.NoStream(), []store.Pending{{Type: "happened"}}, nil); err != nil {
		t.Fatal(err)
	}
}

func removeAndIntrude(t *testing.T, client *dynamodb.Client, table string) {
	t.Helper()
	key := map[string]dynamodbtypes.AttributeValue{
		"key": &dynamodbtypes.AttributeValueMemberS{Value: "before it runs"}, "revision": &dynamodbtypes.AttributeValueMemberN{Value: "1"},
	}
	if _, err := client.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{TableName: &table, Key: key}); err != nil {
		t.Fatal(err)
	}
	key["revision"] = &dynamodbtypes.AttributeValueMemberN{Value: "-1.5"}
	if _, err := client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &table, Item: key}); err != nil {
		t.Fatal(err)
	}
}

func TestTableWithoutStream(t *testing.T) {
	t.Parallel()
	client := dynamolocal.Shared(t).Client()
	backend := dynamo.New(client, dynamo.Tables{Events: "other-events", Metadata: "no-stream"})
	if err := backend.CreateTables(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := ARN(t.Context(), client, "no-stream"); err == nil {
		t.Error("no error for a table without a stream")
	}
	if _, err := ARN(t.Context(), client, "no-table"); err == nil {
		t.Error("no error for a table that isn't there")
	}
}

// A shard is read only behind its parent: its records are later ones of the same keys.
func TestShardsWaitForTheirParents(t *testing.T) {
	t.Parallel()
	shard := func(id, parent string) types.Shard {
		s := types.Shard{ShardId: &id}
		if parent != "" {
			s.ParentShardId = aws.String(parent)
		}
		return s
	}
	tree := []types.Shard{shard("child", "root"), shard("root", "trimmed away"), shard("grandchild", "child"), shard("other", "")}
	p := New(nil, "", nil, nil)
	expectReady := func(want ...string) {
		t.Helper()
		got := p.ready(tree)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("ready: %v, want %v", got, want)
		}
	}
	expectReady("other", "root")
	expectReady()
	p.finish("other")
	expectReady()
	p.finish("root")
	expectReady("child")
	p.finish("child")
	expectReady("grandchild")
	expectReady()
}
