package mapping

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"

	"github.com/aeon-es/aeon/internal/testenv/lambda"
	"github.com/aeon-es/aeon/projector/consumer/consumertest"
)

// Settings are those of an AWS::Lambda::EventSourceMapping, by the same names. Begin with [Defaults].
type Settings struct {
	// StartingPosition is TrimHorizon or Latest.
	StartingPosition Position
	BatchSize        int
	// MaximumBatchingWindow is how long records are gathered for a batch.
	MaximumBatchingWindow      time.Duration
	ParallelizationFactor      int
	ReportBatchItemFailures    bool
	BisectBatchOnFunctionError bool
	// MaximumRetryAttempts and MaximumRecordAge are limits if they aren't negative.
	MaximumRetryAttempts int
	MaximumRecordAge     time.Duration
	// OnFailure gets what Lambda sends to the on-failure destination about records that it discards; nil: nothing.
	OnFailure func(InvocationRecord)
}

// Position is where in the stream a mapping begins.
type Position string

// The starting positions: the oldest record that there is, or the next one.
const (
	TrimHorizon Position = "TRIM_HORIZON"
	Latest      Position = "LATEST"
)

// Limits that AWS documents.
const (
	maxPayload = 6 << 20 // of the event of one invocation
)

// Defaults are those of AWS, from the oldest record on.
func Defaults() Settings {
	return Settings{
		StartingPosition: TrimHorizon, BatchSize: 100, ParallelizationFactor: 1, MaximumRetryAttempts: -1, MaximumRecordAge: -1,
	}
}

// Source is a stream.
type Source struct {
	Client *dynamodbstreams.Client
	ARN    string
	// Shards is how many it is presented as; 0 is 1.
	Shards int
	// Edit changes a record before it is delivered, such as to damage it; nil: none.
	Edit func(consumertest.Record) consumertest.Record
}

// Function is what a mapping invokes, such as a [*lambda.Function].
type Function interface {
	ARN() string
	Invoke(ctx context.Context, payload []byte) lambda.Result
}
