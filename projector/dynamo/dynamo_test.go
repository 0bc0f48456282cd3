package dynamo_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/aeon-es/aeon/internal/testenv/dynamolocal"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/projector/dynamo"
	"github.com/aeon-es/aeon/projector/projectortest"
	"github.com/aeon-es/aeon/store"
	storedynamo "github.com/aeon-es/aeon/store/dynamo"
)

func TestMain(m *testing.M) { dynamolocal.Main(m) }

var opened atomic.Int64

func open(t *testing.T) (store.Backend, projector.Backend) {
	t.Helper()
	client := dynamolocal.Shared(t).Client()
	n := opened.Add(1)
	events := storedynamo.New(client, storedynamo.Tables{Events: fmt.Sprint("events", n), Metadata: fmt.Sprint("metadata", n)})
	if err := events.CreateTables(t.Context()); err != nil {
		t.Fatal(err)
	}
	rows := dynamo.New(client, fmt.Sprint("views", n))
	if err := rows.CreateTable(t.Context()); err != nil {
		t.Fatal(err)
	}
	return events, rows
}

func TestBackend(t *testing.T) {
	t.Parallel()
	projectortest.Run(t, open)
}
