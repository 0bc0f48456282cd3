package mapping

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"

	"github.com/aeon-es/aeon/projector/consumer/consumertest"
)

// readEvery is how often it looks for more. Lambda does four times a second.
const readEvery = 10 * time.Millisecond

// place is where a shard of the real stream is read next.
type place struct {
	shard    string
	iterator *string // nil: the shard has ended
	after    *string // the last sequence number read; nil: none yet
}

// begin finds the shards of the real stream, each at the starting position.
func (m *Stream) begin(ctx context.Context) ([]*place, error) {
	described, err := m.source.Client.DescribeStream(ctx, &dynamodbstreams.DescribeStreamInput{StreamArn: &m.arn})
	if err != nil {
		return nil, err
	}
	var places []*place
	for _, shard := range described.StreamDescription.Shards {
		at := &place{shard: *shard.ShardId}
		if err := m.seek(ctx, at); err != nil {
			return nil, err
		}
		places = append(places, at)
	}
	return places, nil
}

// seek gets an iterator for a place.
func (m *Stream) seek(ctx context.Context, at *place) error {
	in := &dynamodbstreams.GetShardIteratorInput{
		StreamArn: &m.arn, ShardId: &at.shard, ShardIteratorType: types.ShardIteratorType(m.settings.StartingPosition),
	}
	if at.after != nil {
		in.ShardIteratorType, in.SequenceNumber = types.ShardIteratorTypeAfterSequenceNumber, at.after
	}
	out, err := m.source.Client.GetShardIterator(ctx, in)
	if err != nil {
		return err
	}
	at.iterator = out.ShardIterator
	return nil
}

// read hands the records of a real shard to the lanes, until ctx ends or the shard does.
func (m *Stream) read(ctx context.Context, at *place) {
	for at.iterator != nil && ctx.Err() == nil {
		n, err := m.readOnce(ctx, at)
		if err != nil {
			m.mu.Lock()
			m.err = err
			m.mu.Unlock()
			return
		}
		if n == 0 {
			pause(ctx, readEvery)
		}
	}
}

func (m *Stream) readOnce(ctx context.Context, at *place) (int, error) {
	out, err := m.source.Client.GetRecords(ctx, &dynamodbstreams.GetRecordsInput{ShardIterator: at.iterator})
	var trimmed *types.TrimmedDataAccessException
	var expired *types.ExpiredIteratorException
	if errors.As(err, &trimmed) || errors.As(err, &expired) { // DynamoDB Local does so where the shard was empty, too
		return 0, m.seek(ctx, at)
	}
	if err != nil {
		return 0, err
	}
	if n := len(out.Records); n > 0 {
		at.after = out.Records[n-1].Dynamodb.SequenceNumber
	}
	at.iterator = out.NextShardIterator
	return len(out.Records), m.dispatch(out.Records)
}

// dispatch gives each record to the lane of its item, those that come together together.
func (m *Stream) dispatch(records []types.Record) error {
	byLane := map[*lane][]*record{}
	for _, from := range records {
		converted, err := consumertest.FromStream(from, m.arn)
		if err != nil {
			return err
		}
		r, err := newRecord(converted, m.source.Edit)
		if err != nil {
			return err
		}
		lanes := m.lanes[split(r.item, "shard", len(m.lanes))]
		l := lanes[split(r.item, "lane", len(lanes))]
		byLane[l] = append(byLane[l], r)
	}
	m.count(func(f *Figures) { f.Read += len(records) })
	for l, records := range byLane {
		l.buffer.put(records)
	}
	return nil
}
