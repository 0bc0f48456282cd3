// Command aeon-from-typescript turns the events of the TypeScript library Aeon (github.com/briancavalier/aeon) into an archive, which
// "aeon import" stores. It reads what the AWS CLI prints of a scan of the events table, or the lines of DynamoDB's export to S3:
//
//	aws dynamodb scan --table-name my-events --output json > scan.json
//	aeon-from-typescript scan.json > store.ndjson
//	aeon import store.ndjson --store dynamodb
//
// docs/migrating.md says what becomes of what.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
)

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "aeon-from-typescript:", err)
		os.Exit(1)
	}
}

// run reads the files that are named, or else the standard input, and writes one archive of all of them.
func run(files []string, in io.Reader, out, told io.Writer) error {
	var items []item
	if len(files) == 0 {
		files = []string{"-"}
	}
	for _, name := range files {
		read, err := open(name, in)
		if err != nil {
			return err
		}
		items, err = readItems(items, read)
		if err = errors.Join(err, read.Close()); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	w := bufio.NewWriter(out)
	done, err := convert(items, w)
	if err == nil {
		err = w.Flush()
	}
	if err == nil {
		_, err = fmt.Fprintf(told, "converted %d events of %d keys\n", done.Events, done.Keys)
	}
	return err
}

func open(name string, in io.Reader) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(in), nil
	}
	return os.Open(name) //nolint:gosec // whoever runs it says which file
}
