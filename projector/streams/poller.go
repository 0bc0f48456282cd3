// Package streams drives a projector from the stream of the events table, outside of Lambda: a process of
// its own follows the stream's shards and rings the projector for every record.
package streams

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"

	"github.com/aeon-es/aeon/projector"
)

// How often the poller looks. DynamoDB serves each shard five times a second, to two readers at most.
const (
	recordsEvery = 250 * time.Millisecond
	shardsEvery  = 5 * time.Second
	retryEvery   = time.Second
)

// Ringer answers doorbells: a [*projector.Projector].
type Ringer interface {
	Ring(ctx context.Context, bells []projector.Doorbell) error
}

// Poller reads one stream. It begins with the oldest record that the stream still has, which is at most 24 hours
// old; what a projector has seen already costs one read, and changes nothing. Any number of them may run
// side by side, though a stream serves two readers well. Make it with [New].
type Poller struct {
	client *dynamodbstreams.Client
	arn    string
	ringer Ringer
	log    *slog.Logger

	mu   sync.Mutex
	done map[string]bool // shards begun: true once read to their end
}

// New makes a poller for the stream with the given ARN, which rings r. A nil log is [slog.Default].
func New(client *dynamodbstreams.Client, arn string, r Ringer, log *slog.Logger) *Poller {
	if log == nil {
		log = slog.Default()
	}
	return &Poller{client: client, arn: arn, ringer: r, log: log, done: map[string]bool{}}
}

// ARN finds the stream of a table.
func ARN(ctx context.Context, client *dynamodb.Client, table string) (string, error) {
	out, err := client.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &table})
	if err != nil {
		return "", fmt.Errorf("find the stream of table %q: %w", table, err)
	}
	if out.Table.LatestStreamArn == nil {
		return "", fmt.Errorf("table %q has no stream: enable one with new images", table)
	}
	return *out.Table.LatestStreamArn, nil
}

// Run polls until ctx ends, and then returns nil. What fails is logged and tried again: a record is passed only
// when every view has it. It runs at most once at a time.
func (p *Poller) Run(ctx context.Context) error {
	var reading sync.WaitGroup
	defer reading.Wait()
	for {
		shards, err := p.shards(ctx)
		if err != nil && ctx.Err() == nil {
			p.log.Error("can't list the stream's shards, trying again", "stream", p.arn, "error", err)
		}
		for _, id := range p.ready(shards) {
			reading.Go(func() { p.follow(ctx, id) })
		}
		if !wait(ctx, shardsEvery) {
			return nil
		}
	}
}

// shards lists all shards of the stream.
func (p *Poller) shards(ctx context.Context) ([]types.Shard, error) {
	var shards []types.Shard
	in := &dynamodbstreams.DescribeStreamInput{StreamArn: &p.arn}
	for {
		out, err := p.client.DescribeStream(ctx, in)
		if err != nil {
			return nil, err
		}
		shards = append(shards, out.StreamDescription.Shards...)
		if in.ExclusiveStartShardId = out.StreamDescription.LastEvaluatedShardId; in.ExclusiveStartShardId == nil {
			return shards, nil
		}
	}
}

// ready marks as begun, and gives, the shards whose turn it is: those whose parent is read to its end, or gone.
func (p *Poller) ready(shards []types.Shard) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	listed := map[string]bool{}
	for _, s := range shards {
		listed[*s.ShardId] = true
	}
	var ready []string
	for _, s := range shards {
		if _, begun := p.done[*s.ShardId]; begun {
			continue
		}
		if s.ParentShardId != nil && listed[*s.ParentShardId] && !p.done[*s.ParentShardId] {
			continue
		}
		ready = append(ready, *s.ShardId)
	}
	for _, id := range ready {
		p.done[id] = false
	}
	return ready
}

// finish marks a shard as read to its end, so that its children may begin.
func (p *Poller) finish(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done[id] = true
}

// wait waits for d and says whether ctx is still going on.
func wait(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

var errShardEnded = errors.New("the shard has ended")
