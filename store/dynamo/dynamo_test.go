package dynamo_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/aeon-es/aeon/internal/testenv/dynamolocal"
	"github.com/aeon-es/aeon/store/dynamo"
)

func TestMain(m *testing.M) { dynamolocal.Main(m) }

var stores atomic.Int64

// newBackend makes a store of its own on the server that the tests share.
func newBackend(t *testing.T, client *dynamodb.Client, opts ...dynamo.Option) *dynamo.Backend {
	t.Helper()
	n := stores.Add(1)
	b := dynamo.New(client, dynamo.Tables{Events: fmt.Sprint("events", n), Metadata: fmt.Sprint("metadata", n)}, opts...)
	if err := b.CreateTables(t.Context()); err != nil {
		t.Fatal(err)
	}
	return b
}
