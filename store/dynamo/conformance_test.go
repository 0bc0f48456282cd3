package dynamo_test

import (
	"testing"

	"github.com/aeon-es/aeon/internal/testenv/dynamolocal"
	"github.com/aeon-es/aeon/store"
	"github.com/aeon-es/aeon/store/storetest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) store.Backend { return newBackend(t, dynamolocal.Shared(t).Client()) })
}
