// Package mapping drives functions from DynamoDB streams and SQS queues for tests, by the rules of Lambda's event source mappings.
//
//	m := mapping.Start(t, mapping.Source{Client: server.Streams(), ARN: arn, Shards: 4}, function, settings)
//	m.Drain(t.Context(), records)
//
// The stream is DynamoDB Local's real one. That has one shard: it is presented as several, split by a hash of the whole item key, and
// so are the lanes within a shard. This is the least that DynamoDB promises: an order per item, and none between the items of
// one partition key.
//
// Rules that AWS documents are held to; where its documentation is silent the model does what is the harder for a function:
//
//   - The retries of a batch are counted over partial responses and halves: a checkpoint that moves on begins no new count, and
//     a split costs none.
//   - Records that are too old are discarded one by one, at the next try, and the rest of their batch goes on.
//   - A response that isn't JSON fails the whole batch, as is documented for SQS.
//   - A response that fails the whole batch is not a function error: the batch isn't split.
//
// Not modelled: filters, tumbling windows, shards that split, the stream's 24 hours (MaximumRecordAge loses records alike), and
// the time between tries, which is shorter here. A record's age counts from when it was read: DynamoDB Local cuts its times to minutes.
package mapping
