package ministack

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// CreateBus makes an event bus.
func (s *Server) CreateBus(tb testing.TB, name string) {
	tb.Helper()
	if _, err := eventbridge.NewFromConfig(s.Config()).CreateEventBus(tb.Context(), &eventbridge.CreateEventBusInput{Name: &name}); err != nil {
		tb.Fatal(err)
	}
}

// CreateQueue makes an SQS queue, and answers its URL.
func (s *Server) CreateQueue(tb testing.TB, name string, attributes map[string]string) (url string) {
	tb.Helper()
	made, err := sqs.NewFromConfig(s.Config()).CreateQueue(tb.Context(), &sqs.CreateQueueInput{QueueName: &name, Attributes: attributes})
	if err != nil {
		tb.Fatal(err)
	}
	return *made.QueueUrl
}

// RedrivePolicy is the attribute of a queue whose messages go to the queue of this name when they have been received so often.
func RedrivePolicy(dead string, tries int) string {
	return fmt.Sprintf(`{"deadLetterTargetArn":%q,"maxReceiveCount":"%d"}`, queueARN(dead), tries)
}

// queueARN is the ARN of a queue of this name.
func queueARN(name string) string { return fmt.Sprintf("arn:aws:sqs:%s:000000000000:%s", Region, name) }
