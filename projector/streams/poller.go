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

// Client is what the poller needs of a [*dynamodbstreams.Client].
type Client interface {
	DescribeStream(context.Context, *dynamodbstreams.DescribeStreamInput, ...func(*dynamodbstreams.Options)) (*dynamodbstreams.DescribeStreamOutput, error)
	GetShardIterator(context.Context, *dynamodbstreams.GetShardIteratorInput, ...func(*dynamodbstreams.Options)) (*dynamodbstreams.GetShardIteratorOutput, error)
	GetRecords(context.Context, *dynamodbstreams.GetRecordsInput, ...func(*dynamodbstreams.Options)) (*dynamodbstreams.GetRecordsOutput, error)
}

// Checkpoints keep how far a stream has been read: a [*projector.Projector] does, beside its rows. So what was rung for and what
// the rows have seen go together.
type Checkpoints interface {
	// Checkpoint reads what was kept under a name; nil if nothing was.
	Checkpoint(ctx context.Context, name string) (map[string]string, error)
	// SaveCheckpoint keeps the result of change, which is given what is kept and may be called again.
	SaveCheckpoint(ctx context.Context, name string, change func(map[string]string) map[string]string) error
}

// Options are the optional settings of a [Poller]; nil means all defaults.
type Options struct {
	// Checkpoints is where it keeps how far it is, to go on there when it is started again; nil means that it begins with the
	// oldest record each time.
	Checkpoints Checkpoints
	// Log is where reports go; nil means [slog.Default].
	Log *slog.Logger
}

// Poller reads one stream. It goes on where its checkpoints are, or else with the oldest record that the stream still has, which is at
// most 24 hours old; what a projector has seen already costs one read, and changes nothing. Any number of them may run
// side by side, though a stream serves two readers well. A shard is read only behind its parent. Make it with [New].
type Poller struct {
	client Client
	arn    string
	ringer Ringer
	log    *slog.Logger
	places places
	ended  chan struct{} // holds a token when a shard was read to its end

	mu   sync.Mutex
	done map[string]bool // shards begun: true once read to their end
}

// New makes a poller for the stream with the given ARN, which rings r.
func New(client Client, arn string, r Ringer, o *Options) *Poller {
	if o == nil {
		o = &Options{}
	}
	p := &Poller{client: client, arn: arn, ringer: r, log: o.Log, ended: make(chan struct{}, 1), done: map[string]bool{}}
	if p.log == nil {
		p.log = slog.Default()
	}
	p.places = places{checkpoints: o.Checkpoints, name: "stream/" + arn}
	return p
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
		if err == nil {
			err = p.places.keep(ctx, shards)
		}
		if err != nil && ctx.Err() == nil {
			p.log.Error("can't list the stream's shards, trying again", "stream", p.arn, "error", err)
		}
		for _, id := range p.ready(shards) {
			reading.Go(func() { p.follow(ctx, id) })
		}
		select {
		case <-p.ended: // its children may begin
		case <-time.After(shardsEvery):
		case <-ctx.Done():
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
	select {
	case p.ended <- struct{}{}:
	default:
	}
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
