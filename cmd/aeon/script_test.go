package main_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/aeon-es/aeon/internal/testenv/dynamolocal"
)

// TestScripts runs the conversations in testdata/script: what a person types, and what comes back.
func TestScripts(t *testing.T) {
	t.Parallel()
	endpoint := dynamolocal.Shared(t).Endpoint()
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Setup: func(env *testscript.Env) error {
			env.Setenv("PATH", filepath.Dir(binary)+string(os.PathListSeparator)+env.Getenv("PATH"))
			env.Setenv("DYNAMODB", endpoint)
			env.Setenv("AWS_EC2_METADATA_DISABLED", "true")
			return nil
		},
	})
}
