package mapping

import (
	"time"

	"github.com/aeon-es/aeon/internal/testenv/lambda"
)

// InvocationRecord is what Lambda sends to the on-failure destination about records that it discards: where they are in the
// stream, not what they say.
type InvocationRecord struct {
	RequestContext struct {
		RequestID              string    `json:"requestId"`
		FunctionARN            string    `json:"functionArn"`
		Condition              Condition `json:"condition"`
		ApproximateInvokeCount int       `json:"approximateInvokeCount"`
	} `json:"requestContext"`
	ResponseContext struct {
		StatusCode      int     `json:"statusCode"`
		ExecutedVersion string  `json:"executedVersion"`
		FunctionError   *string `json:"functionError"`
	} `json:"responseContext"`
	Version   string    `json:"version"`
	Timestamp time.Time `json:"timestamp"`
	Batch     BatchInfo `json:"DDBStreamBatchInfo"`
}

// BatchInfo says where the records are.
type BatchInfo struct {
	ShardID             string    `json:"shardId"`
	StartSequenceNumber string    `json:"startSequenceNumber"`
	EndSequenceNumber   string    `json:"endSequenceNumber"`
	FirstArrival        time.Time `json:"approximateArrivalOfFirstRecord"`
	LastArrival         time.Time `json:"approximateArrivalOfLastRecord"`
	BatchSize           int       `json:"batchSize"`
	StreamARN           string    `json:"streamArn"`
}

// Condition is why records were discarded.
type Condition string

// The conditions.
const (
	RetryAttemptsExhausted Condition = "RetryAttemptsExhausted"
	RecordAgeExceeded      Condition = "RecordAgeExceeded"
)

// invocationRecord describes records that are discarded after the last of so many invocations.
func (l *lane) invocationRecord(batch []*record, why Condition, invocations int, last lambda.Result) InvocationRecord {
	var r InvocationRecord
	r.RequestContext.RequestID = last.RequestID
	r.RequestContext.FunctionARN = l.function.ARN()
	r.RequestContext.Condition = why
	r.RequestContext.ApproximateInvokeCount = invocations
	r.ResponseContext.StatusCode = 200
	r.ResponseContext.ExecutedVersion = "$LATEST"
	if last.FunctionError() {
		unhandled := "Unhandled"
		r.ResponseContext.FunctionError = &unhandled
	}
	r.Version, r.Timestamp = "1.0", time.Now().UTC()
	first, end := batch[0], batch[len(batch)-1]
	r.Batch = BatchInfo{
		ShardID: l.shard, StartSequenceNumber: first.sequence, EndSequenceNumber: end.sequence,
		FirstArrival: first.arrived.UTC(), LastArrival: end.arrived.UTC(), BatchSize: len(batch), StreamARN: l.arn,
	}
	return r
}
