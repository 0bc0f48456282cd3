// Package consumertest reads a real stream of DynamoDB and gives its records as Lambda hands them over, so that tests can
// deliver them to a consumer as they like: twice, in another order, in other batches.
package consumertest

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
)

// Record is a record as Lambda has it in an event.
type Record map[string]any

// Records reads all that a stream has, from its oldest record on.
func Records(ctx context.Context, client *dynamodbstreams.Client, arn string) ([]Record, error) {
	described, err := client.DescribeStream(ctx, &dynamodbstreams.DescribeStreamInput{StreamArn: &arn})
	if err != nil {
		return nil, err
	}
	var all []Record
	for _, shard := range described.StreamDescription.Shards {
		records, err := shardRecords(ctx, client, arn, *shard.ShardId)
		if err != nil {
			return nil, err
		}
		all = append(all, records...)
	}
	return all, nil
}

func shardRecords(ctx context.Context, client *dynamodbstreams.Client, arn, shard string) ([]Record, error) {
	begin, err := client.GetShardIterator(ctx, &dynamodbstreams.GetShardIteratorInput{
		StreamArn: &arn, ShardId: &shard, ShardIteratorType: types.ShardIteratorTypeTrimHorizon,
	})
	if err != nil {
		return nil, err
	}
	var all []Record
	for at := begin.ShardIterator; at != nil; {
		out, err := client.GetRecords(ctx, &dynamodbstreams.GetRecordsInput{ShardIterator: at})
		if err != nil || len(out.Records) == 0 {
			return all, err
		}
		for _, r := range out.Records {
			converted, err := FromStream(r, arn)
			if err != nil {
				return nil, err
			}
			all = append(all, converted)
		}
		at = out.NextShardIterator
	}
	return all, nil
}

// FromStream is a record of the stream with that ARN as Lambda hands it over.
func FromStream(r types.Record, arn string) (Record, error) {
	change := map[string]any{
		"ApproximateCreationDateTime": r.Dynamodb.ApproximateCreationDateTime.Unix(),
		"SequenceNumber":              *r.Dynamodb.SequenceNumber,
		"SizeBytes":                   *r.Dynamodb.SizeBytes,
		"StreamViewType":              r.Dynamodb.StreamViewType,
	}
	for name, item := range map[string]map[string]types.AttributeValue{"Keys": r.Dynamodb.Keys, "NewImage": r.Dynamodb.NewImage} {
		if item == nil {
			continue
		}
		attributes, err := attributevalue.FromDynamoDBStreamsMap(item)
		if err != nil {
			return nil, err
		}
		text, err := attributevalue.MarshalMapJSON(attributes)
		if err != nil {
			return nil, err
		}
		change[name] = json.RawMessage(text)
	}
	return Record{
		"eventID": *r.EventID, "eventName": r.EventName, "eventVersion": "1.1", "eventSource": "aws:dynamodb",
		"awsRegion": *r.AwsRegion, "eventSourceARN": arn, "dynamodb": change,
	}, nil
}

// SequenceNumber is what a failure names the record by.
func (r Record) SequenceNumber() string { return fmt.Sprint(r.Change()["SequenceNumber"]) }

// Change is what happened to the item: keys, image and so on.
func (r Record) Change() map[string]any {
	change, _ := r["dynamodb"].(map[string]any)
	return change
}

// With is a copy of the record whose change was edited.
func (r Record) With(edit func(change map[string]any)) Record {
	copied, change := maps.Clone(r), maps.Clone(r.Change())
	edit(change)
	copied["dynamodb"] = change
	return copied
}

// Event is a batch of records as one event.
func Event(records ...Record) (json.RawMessage, error) {
	return json.Marshal(map[string][]Record{"Records": append([]Record{}, records...)})
}
