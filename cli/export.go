package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/aeon-es/aeon/internal/platform"
	"github.com/aeon-es/aeon/store/archive"
)

// onStdout as the name of a file is the standard output, or input.
const onStdout = "-"

// exported is what an export did, as JSON.
type exported struct {
	File string `json:"file"`
	archive.Totals
}

func (r *run) exportCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "export FILE",
		Short: "Write all events to a file, for a backup or another database",
		Long: `Write all events to a file as lines of JSON, compressed where its name ends with .gz: with their keys, revisions, positions,
times, commits and idempotency keys, so that "import" makes the same store of it anywhere. Each key is written as it is when it is
read; appends may go on. Views aren't in it: they are made anew from the events.

Until it is complete the file is FILE.part. An export that was stopped, by Ctrl-C or a crash, goes on where it was when it is run
again. With "-" as FILE it goes to the standard output.

It reads the database itself: --store is a file or dynamodb, not a server. On DynamoDB it reads the whole events table.`,
		Example: `  aeon export backup.ndjson.gz
  aeon export shop.ndjson.gz --store dynamodb
  aeon export - | grep '"key":"order/7"'`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return r.withPlatform(c.Context(), func(p *platform.Platform) error {
				if args[0] == onStdout {
					out := packerFor(onStdout, r.out)
					_, err := archive.Export(c.Context(), p.Store, out, nil)
					return errors.Join(err, out.end())
				}
				totals, err := r.export(c.Context(), p, args[0])
				if err != nil {
					return err
				}
				if r.json {
					return r.printJSON(exported{args[0], totals})
				}
				return r.printf("exported %d events, in %d commits of %d keys, to %s\n", totals.Events, totals.Commits, totals.Keys, args[0])
			})
		},
	}
}

// export writes an archive to a file, or goes on with one.
func (r *run) export(ctx context.Context, p *platform.Platform, name string) (archive.Totals, error) {
	if _, err := os.Stat(name); err == nil {
		return archive.Totals{}, usagef("%s is there already: remove it, or give another name", name)
	} else if !errors.Is(err, os.ErrNotExist) {
		return archive.Totals{}, err
	}
	t, err := r.target()
	if err != nil {
		return archive.Totals{}, err
	}
	f, err := openPart(name, t.String())
	if err != nil {
		return archive.Totals{}, err
	}
	if f.kept.At != nil {
		_, _ = fmt.Fprintf(r.err, "going on with %s, which has %d events\n", f.part, f.kept.At.Written.Events)
	}
	bar := r.progressOf(ctx, "exporting", "events", p)
	totals, err := archive.Export(ctx, p.Store, f, &archive.ExportOptions{From: f.kept.At, Progress: func(at archive.Place) error {
		bar.at(at.Written.Commits, at.Written.Events, "")
		return f.passed(at)
	}})
	bar.end()
	if err == nil {
		return totals, f.complete()
	}
	stopped := errors.Is(err, context.Canceled)
	if err := errors.Join(err, f.stop(stopped)); !stopped {
		return totals, err
	}
	_, _ = fmt.Fprintf(r.err, "stopped with %d events written: run it again to go on\n", totals.Events)
	return totals, err
}

// partFile is an archive that isn't complete yet. Every now and then it comes to a place from which it could be gone on with, which
// is kept in a file beside it: there ends what has been written so far as gzip has it, too.
type partFile struct {
	name, part, state string
	file              *os.File
	out               packer
	kept              partState
	since             int // bytes since the place that is kept
	at                *archive.Place
}

// partState is what is kept of an export under way.
type partState struct {
	Store string         `json:"store"` // what is exported
	Size  int64          `json:"size"`  // of the file, up to the place
	At    *archive.Place `json:"at"`
}

// keepEvery is how many bytes of an archive a crash may cost. It doesn't depend on time, so that the same events make the same file.
const keepEvery = 16 << 20

// newState is what the name of a place ends in while it is written.
const newState = ".new"

// openPart opens the file to be written, at the place where it is to be gone on with if there is one.
func openPart(name, store string) (*partFile, error) {
	f := &partFile{name: name, part: name + ".part", state: name + ".part.json", kept: partState{Store: store}}
	text, err := os.ReadFile(f.state)
	switch {
	case errors.Is(err, os.ErrNotExist): // nothing to go on with
	case err != nil:
		return nil, err
	default:
		var kept partState
		if err := json.Unmarshal(text, &kept); err != nil {
			return nil, fmt.Errorf("%s can't be read: remove it, to begin anew: %w", f.state, err)
		}
		if kept.Store != store {
			return nil, usagef("%s is an export of %s that isn't complete: go on with that, or remove it and %s", f.part, kept.Store, f.state)
		}
		f.kept = kept
	}
	if f.file, err = os.OpenFile(f.part, os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return nil, err
	}
	if err := f.rewind(); err != nil {
		return nil, errors.Join(err, f.file.Close())
	}
	f.out = packerFor(name, f.file)
	return f, nil
}

// rewind takes away what was written behind the place that is kept.
func (f *partFile) rewind() error {
	info, err := f.file.Stat()
	if err != nil {
		return err
	}
	if info.Size() < f.kept.Size {
		return fmt.Errorf("%s is shorter than it was: remove %s, to begin anew", f.part, f.state)
	}
	if err := f.file.Truncate(f.kept.Size); err != nil {
		return err
	}
	_, err = f.file.Seek(0, io.SeekEnd)
	return err
}

// Write implements [io.Writer].
func (f *partFile) Write(b []byte) (int, error) {
	n, err := f.out.Write(b)
	f.since += n
	return n, err
}

// passed takes note of a place, and keeps it where the one before is far behind.
func (f *partFile) passed(at archive.Place) error {
	f.at = &at
	if f.since < keepEvery {
		return nil
	}
	return f.keep()
}

// keep makes sure of what has been written so far, and then keeps the place behind it.
func (f *partFile) keep() error {
	if err := f.flush(); err != nil {
		return err
	}
	info, err := f.file.Stat()
	if err != nil {
		return err
	}
	f.kept.Size, f.kept.At, f.since = info.Size(), f.at, 0
	text, err := json.Marshal(f.kept)
	if err != nil {
		return err
	}
	next := f.state + newState
	if err := os.WriteFile(next, text, 0o600); err != nil {
		return err
	}
	return os.Rename(next, f.state)
}

func (f *partFile) flush() error { return errors.Join(f.out.end(), f.file.Sync()) }

// stop leaves the file to be gone on with: where it is now, if what was written last is whole, or else where it was kept last.
func (f *partFile) stop(whole bool) error {
	var err error
	if whole && f.at != nil {
		err = f.keep()
	}
	return errors.Join(err, f.file.Close())
}

// complete gives the file its name.
func (f *partFile) complete() error {
	if err := errors.Join(f.flush(), f.file.Close()); err != nil {
		return err
	}
	// The place goes first: a place without its part would be in the way of the next export, while a part without a place is only begun anew.
	for _, place := range []string{f.state + newState, f.state} {
		if err := os.Remove(place); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return os.Rename(f.part, f.name)
}
