package streams

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/projector/dynamo"
)

// place is where a shard is read next.
type place struct {
	known    bool    // the checkpoint was read
	iterator *string // nil: to be asked for
	after    *string // the last sequence number done with; nil: none yet
	kept     string  // what the checkpoint says
	keptAt   time.Time
}

// sequence is the last sequence number done with; empty: none yet.
func (at *place) sequence() string {
	if at.after == nil {
		return ""
	}
	return *at.after
}

// follow reads one shard, from where it was left or its oldest record, to its end.
func (p *Poller) follow(ctx context.Context, shard string) {
	at, err := p.places.load(ctx, shard)
	for {
		pause, more := recordsEvery, false
		if err == nil {
			more, err = p.step(ctx, shard, &at)
		}
		switch {
		case errors.Is(err, errShardEnded):
			p.keep(ctx, shard, endOfShard)
			p.finish(shard)
			return
		case err != nil && ctx.Err() == nil:
			p.log.Error("can't read the stream, trying again", "shard", shard, "error", err)
			pause = retryEvery
			if err = nil; !at.known {
				at, err = p.places.load(ctx, shard)
			}
		case more:
			p.keepNowAndThen(ctx, shard, &at)
			continue
		}
		p.keepNowAndThen(ctx, shard, &at)
		if !wait(ctx, pause) {
			p.keep(context.WithoutCancel(ctx), shard, at.sequence())
			return
		}
	}
}

// step reads and delivers once. more says that records were there, so that others may follow at once.
func (p *Poller) step(ctx context.Context, shard string, at *place) (more bool, err error) {
	if at.sequence() == endOfShard {
		return false, errShardEnded
	}
	if at.iterator == nil {
		if at.iterator, err = p.iterator(ctx, shard, at.after); err != nil {
			at.lost(err)
			return false, err
		}
	}
	out, err := p.client.GetRecords(ctx, &dynamodbstreams.GetRecordsInput{ShardIterator: at.iterator})
	if err != nil {
		at.lost(err)
		return false, err
	}
	if len(out.Records) > 0 {
		if err := p.ringer.Ring(ctx, p.doorbells(out.Records)); err != nil {
			return false, err // the same iterator gives the same records again
		}
		at.after = out.Records[len(out.Records)-1].Dynamodb.SequenceNumber
	}
	if at.iterator = out.NextShardIterator; at.iterator == nil {
		return false, errShardEnded
	}
	return len(out.Records) > 0, nil
}

// lost forgets what the error says is no good any more: an iterator too old, or a place that was trimmed away.
func (at *place) lost(err error) {
	var expired *types.ExpiredIteratorException
	var trimmed *types.TrimmedDataAccessException
	if errors.As(err, &expired) || errors.As(err, &trimmed) {
		at.iterator = nil
	}
	if errors.As(err, &trimmed) {
		at.after = nil
	}
}

func (p *Poller) iterator(ctx context.Context, shard string, after *string) (*string, error) {
	in := &dynamodbstreams.GetShardIteratorInput{
		StreamArn: &p.arn, ShardId: &shard, ShardIteratorType: types.ShardIteratorTypeTrimHorizon,
	}
	if after != nil {
		in.ShardIteratorType, in.SequenceNumber = types.ShardIteratorTypeAfterSequenceNumber, after
	}
	out, err := p.client.GetShardIterator(ctx, in)
	if err != nil {
		return nil, err
	}
	return out.ShardIterator, nil
}

// doorbells reads the records that carry news. One that isn't the store's is logged and passed over.
func (p *Poller) doorbells(records []types.Record) []projector.Doorbell {
	bells := make([]projector.Doorbell, 0, len(records))
	for _, r := range records {
		if r.EventName == types.OperationTypeRemove {
			continue
		}
		keys, err := attributevalue.FromDynamoDBStreamsMap(r.Dynamodb.Keys)
		if err != nil {
			p.log.Error("stream record passed over", "error", err)
			continue
		}
		image, err := attributevalue.FromDynamoDBStreamsMap(r.Dynamodb.NewImage)
		if err != nil {
			image = nil // the table has it
		}
		bell, problem, err := dynamo.Doorbell(keys, image)
		if err != nil {
			p.log.Error("stream record passed over", "error", err)
			continue
		}
		if problem != nil {
			p.log.Warn("stream record carries no commit that can be read, reading the table", "key", bell.Key, "error", problem)
		}
		bells = append(bells, bell)
	}
	return bells
}
