package main_test

import (
	"testing"

	"github.com/aeon-es/aeon/internal/testenv/long"
	"github.com/aeon-es/aeon/internal/testenv/schemathesis"
)

// What "aeon dev" answers to requests that openapi.yaml allows, and to some that it doesn't, is what the file says.
func TestDevKeepsToOpenAPI(t *testing.T) {
	t.Parallel()
	schemathesis.Run(t, dev(t, "--db", ":memory:").url, schemathesis.Options{Examples: long.Or(2000, 20)})
}
