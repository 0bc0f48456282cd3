package main_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/aeon-es/aeon/internal/testenv/dynamolocal"
)

// TestScripts runs the conversations in testdata/script: what a person types, and what comes back.
func TestScripts(t *testing.T) {
	t.Parallel()
	endpoint := dynamolocal.Shared(t).Endpoint()
	testscript.Run(t, testscript.Params{
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"sql": sqlCommand},
		Dir:  filepath.Join("testdata", "script"),
		Setup: func(env *testscript.Env) error {
			env.Setenv("PATH", filepath.Dir(binary)+string(os.PathListSeparator)+env.Getenv("PATH"))
			env.Setenv("DYNAMODB", endpoint)
			env.Setenv("FRESH", rand.Text()) // for names of tables that no other run uses
			env.Setenv("AWS_EC2_METADATA_DISABLED", "true")
			return nil
		},
	})
}

// sqlCommand runs SQL on a database file, behind Aeon's back: sql FILE STATEMENT.
func sqlCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: sql FILE STATEMENT")
	}
	db, err := sql.Open("sqlite", ts.MkAbs(args[0]))
	ts.Check(err)
	defer func() { _ = db.Close() }()
	_, err = db.ExecContext(context.Background(), args[1])
	ts.Check(err)
}
