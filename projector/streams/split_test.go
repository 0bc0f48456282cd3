package streams

import (
	"context"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"

	"github.com/aeon-es/aeon/internal/interleave/memviews"
	"github.com/aeon-es/aeon/internal/testenv/dynamolocal"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
	"github.com/aeon-es/aeon/store/dynamo"
)

// perShard is how many records the first shards have before they are split.
const perShard = 8

// split shows the one shard of DynamoDB Local's stream as a tree, the way that DynamoDB has it when a table grows: "root" ends
// after some records; "left" and "right" have those that follow, by key; "left" ends too, and goes on as "left-2". Now and
// then an iterator has expired.
type split struct {
	Client

	mu     sync.Mutex
	calls  int
	opened []string // shards, in the order in which they were first read
}

func (s *split) DescribeStream(ctx context.Context, in *dynamodbstreams.DescribeStreamInput, _ ...func(*dynamodbstreams.Options)) (*dynamodbstreams.DescribeStreamOutput, error) {
	out, err := s.Client.DescribeStream(ctx, in)
	if err != nil {
		return nil, err
	}
	shard := func(id, parent string) types.Shard {
		return types.Shard{ShardId: &id, ParentShardId: aws.String(parent)}
	}
	out.StreamDescription.Shards = []types.Shard{
		shard("left-2", "left"), shard("right", "root"), shard("left", "root"), shard("root", "trimmed away"),
	}
	return out, nil
}

// GetShardIterator answers an iterator of its own: the shard, and how many of its records were read.
func (s *split) GetShardIterator(ctx context.Context, in *dynamodbstreams.GetShardIteratorInput, _ ...func(*dynamodbstreams.Options)) (*dynamodbstreams.GetShardIteratorOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Contains(s.opened, *in.ShardId) {
		s.opened = append(s.opened, *in.ShardId)
	}
	at := 0
	if in.ShardIteratorType == types.ShardIteratorTypeAfterSequenceNumber {
		records, _, err := s.records(ctx, *in.StreamArn, *in.ShardId)
		if err != nil {
			return nil, err
		}
		for at < len(records) && *records[at].Dynamodb.SequenceNumber <= *in.SequenceNumber {
			at++
		}
	}
	return &dynamodbstreams.GetShardIteratorOutput{ShardIterator: aws.String(fmt.Sprint(*in.StreamArn, " ", *in.ShardId, " ", at))}, nil
}

func (s *split) GetRecords(ctx context.Context, in *dynamodbstreams.GetRecordsInput, _ ...func(*dynamodbstreams.Options)) (*dynamodbstreams.GetRecordsOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.calls++; s.calls%7 == 0 {
		return nil, &types.ExpiredIteratorException{Message: aws.String("expired on purpose")}
	}
	if s.calls%11 == 0 {
		return nil, &types.TrimmedDataAccessException{Message: aws.String("trimmed on purpose")}
	}
	var at int
	parts := strings.Fields(*in.ShardIterator)
	if _, err := fmt.Sscan(parts[2], &at); err != nil {
		return nil, err
	}
	records, ended, err := s.records(ctx, parts[0], parts[1])
	if err != nil {
		return nil, err
	}
	out := &dynamodbstreams.GetRecordsOutput{Records: records[at:min(at+3, len(records))]}
	if at += len(out.Records); at < len(records) || !ended {
		out.NextShardIterator = aws.String(fmt.Sprint(parts[0], " ", parts[1], " ", at))
	}
	return out, nil
}

// records are those of one shard so far, and whether it has ended.
func (s *split) records(ctx context.Context, arn, shard string) (records []types.Record, ended bool, err error) {
	all, err := everyRecord(ctx, s.Client, arn)
	if err != nil {
		return nil, false, err
	}
	split := min(perShard, len(all))
	if shard == "root" {
		return all[:split], len(all) >= perShard, nil
	}
	var left, right []types.Record
	for _, r := range all[split:] {
		key := r.Dynamodb.Keys["key"].(*types.AttributeValueMemberS).Value //nolint:errcheck // it is the store's
		if crc32.ChecksumIEEE([]byte(key))%2 == 0 {
			left = append(left, r)
		} else {
			right = append(right, r)
		}
	}
	split = min(perShard, len(left))
	switch shard {
	case "left":
		return left[:split], len(left) >= perShard, nil
	case "left-2":
		return left[split:], false, nil
	default:
		return right, false, nil
	}
}

// everyRecord reads the one real shard.
func everyRecord(ctx context.Context, client Client, arn string) ([]types.Record, error) {
	out, err := client.DescribeStream(ctx, &dynamodbstreams.DescribeStreamInput{StreamArn: &arn})
	if err != nil {
		return nil, err
	}
	iterator, err := client.GetShardIterator(ctx, &dynamodbstreams.GetShardIteratorInput{
		StreamArn: &arn, ShardId: out.StreamDescription.Shards[0].ShardId, ShardIteratorType: types.ShardIteratorTypeTrimHorizon,
	})
	if err != nil {
		return nil, err
	}
	var all []types.Record
	for at := iterator.ShardIterator; ; {
		out, err := client.GetRecords(ctx, &dynamodbstreams.GetRecordsInput{ShardIterator: at})
		if err != nil {
			return nil, err
		}
		all = append(all, out.Records...)
		if at = out.NextShardIterator; at == nil || len(out.Records) == 0 {
			return all, nil
		}
	}
}

type counter struct {
	Count int `json:"count"`
}

func counting(s *store.Store) (*projector.Projector, error) {
	return projector.New(s, memviews.New(nil), nil, projector.View[counter]{
		Name: "counting", Apply: func(row *counter, _ store.Committed) (*counter, error) {
			if row == nil {
				row = &counter{}
			}
			row.Count++
			return row, nil
		},
	})
}

// TestShardsThatSplit follows a tree of shards, with two pollers, that are stopped and started again while events keep coming.
func TestShardsThatSplit(t *testing.T) {
	t.Parallel()
	server := dynamolocal.Shared(t)
	tables := dynamo.Tables{Events: "split-events", Metadata: "split-metadata"}
	backend := dynamo.New(server.Client(), tables)
	if err := backend.CreateTables(t.Context()); err != nil {
		t.Fatal(err)
	}
	arn, err := ARN(t.Context(), server.Client(), tables.Events)
	if err != nil {
		t.Fatal(err)
	}
	s := store.New(backend)
	p, err := counting(s)
	if err != nil {
		t.Fatal(err)
	}
	stream := &split{Client: server.Streams()}
	const keys, rounds = 6, 10
	for round := range rounds {
		ctx, stop := context.WithCancel(t.Context())
		var pollers sync.WaitGroup
		for range 2 {
			pollers.Go(func() {
				if err := New(stream, arn, p, &Options{Checkpoints: p}).Run(ctx); err != nil {
					t.Error(err)
				}
			})
		}
		for key := range keys {
			if _, err := s.Append(t.Context(), fmt.Sprint("key ", key), store.Any(), []store.Pending{{Type: "happened"}}, nil); err != nil {
				t.Fatal(err)
			}
		}
		if round == rounds-1 {
			waitFor(t, p, keys, rounds)
			waitForEnds(t, p, "stream/"+arn)
		} else {
			time.Sleep(200 * time.Millisecond) // wherever they are then
		}
		stop()
		pollers.Wait()
	}
	if root, left := slices.Index(stream.opened, "root"), slices.Index(stream.opened, "left"); root != 0 || left < 0 ||
		slices.Index(stream.opened, "left-2") < left {
		t.Errorf("shards were read in the order %v", stream.opened)
	}
}

// waitForEnds waits until the checkpoint says that the shards that have ended are read to their ends. The poller that is behind the other
// one may keep an earlier place for a while: from there records come again.
func waitForEnds(t *testing.T, p *projector.Projector, checkpoint string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		kept, err := p.Checkpoint(t.Context(), checkpoint)
		switch {
		case err != nil || time.Now().After(deadline):
			t.Fatalf("checkpoint %v, %v", kept, err)
		case kept["root"] == endOfShard && kept["left"] == endOfShard && kept["right"] != "":
			return
		}
	}
}

func waitFor(t *testing.T, p *projector.Projector, keys, revision int) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		seen := 0
		for key := range keys {
			r, err := p.Query(t.Context(), "counting", fmt.Sprint("key ", key))
			if err != nil {
				t.Fatal(err)
			}
			if int(r.Revision) == revision && string(r.Row) == fmt.Sprintf(`{"count":%d}`, revision) {
				seen++
			}
		}
		if seen == keys {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d rows are right after a minute", seen, keys)
		}
	}
}

// TestCheckpoint starts a poller again, which goes on where the first one was, and forgets the shards that are gone.
func TestCheckpoint(t *testing.T) {
	t.Parallel()
	server := dynamolocal.Shared(t)
	tables := dynamo.Tables{Events: "checkpoint-events", Metadata: "checkpoint-metadata"}
	backend := dynamo.New(server.Client(), tables)
	if err := backend.CreateTables(t.Context()); err != nil {
		t.Fatal(err)
	}
	arn, err := ARN(t.Context(), server.Client(), tables.Events)
	if err != nil {
		t.Fatal(err)
	}
	s := store.New(backend)
	places, err := counting(s)
	if err != nil {
		t.Fatal(err)
	}
	err = places.SaveCheckpoint(t.Context(), "stream/"+arn, func(map[string]string) map[string]string { return map[string]string{"gone": "1"} })
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"first", "second"} {
		b := &bells{rung: make(chan projector.Doorbell, 10)}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- New(server.Streams(), arn, b, &Options{Checkpoints: places}).Run(ctx) }()
		appendOne(t, s, key)
		b.expect(t, key) // and not the first one again
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	kept, err := places.Checkpoint(t.Context(), "stream/"+arn)
	if err != nil || len(kept) != 1 || kept["gone"] != "" {
		t.Errorf("checkpoint %v, %v", kept, err)
	}
}
