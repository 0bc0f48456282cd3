package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"

	"github.com/spf13/cobra"

	"github.com/aeon-es/aeon/internal/platform"
	"github.com/aeon-es/aeon/store"
	"github.com/aeon-es/aeon/store/archive"
)

// imported is what an import did, as JSON.
type imported struct {
	archive.Totals
	Stored  int `json:"stored"`  // commits
	Present int `json:"present"` // commits that were there
}

func (r *run) importCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "import FILE",
		Short: "Store all events of an exported file, just as they were",
		Long: `Store all events of a file that "export" wrote, with the same keys, revisions, positions, times and commits, and the
idempotency keys that still hold. A store that holds other events for one of the keys is refused, before anything is stored; what
it holds already is left as it is. So an import that was stopped, by Ctrl-C or a crash, can be run again, and stores what is
missing. With "-" as FILE it reads the standard input, and meets what is refused only as it goes.

It writes to the database itself: --store is a file, which is made if there is none, or dynamodb, whose tables have to be there,
not a server. Import before the functions are at work, or into a store in which no process manager reacts: it could append to a key
before its events are there. Readers of all events that were past the positions of these don't see them.`,
		Example: `  aeon import backup.ndjson.gz --store restored.db
  aeon import shop.ndjson.gz --store dynamodb
  aeon export - --store aeon.db | aeon import - --store dynamodb:http://127.0.0.1:8000`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			source, err := r.openArchive(args[0])
			if err != nil {
				return err
			}
			done, err := r.importInto(c.Context(), source)
			if errors.Is(err, context.Canceled) {
				_, _ = fmt.Fprintf(r.err, "stopped with %d events read: run it again to go on\n", done.Events)
			}
			if err = errors.Join(err, source.Close()); err != nil {
				return err
			}
			if r.json {
				return r.printJSON(imported{done.Totals, done.Stored, done.Commits - done.Stored})
			}
			return r.printf("imported %d commits; %d of the %d were there already, with %d events of %d keys in all\n",
				done.Stored, done.Commits-done.Stored, done.Commits, done.Events, done.Keys)
		},
	}
}

func (r *run) importInto(ctx context.Context, source *archiveFile) (done archive.Imported, err error) {
	p, err := r.open(ctx, true)
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	if refused, err := r.checkImport(ctx, p, source); err != nil {
		return refused, err
	}
	return r.readArchive(ctx, "importing", p, source, false)
}

// checkImport refuses an archive before anything of it is stored, where that can be told: from a file that can be read again, for a
// store that isn't empty.
func (r *run) checkImport(ctx context.Context, p *platform.Platform, source *archiveFile) (archive.Imported, error) {
	keys, err := p.Store.Keys(ctx, store.KeyQuery{Segments: 1})
	if err != nil || source.file == nil || len(keys.Keys) == 0 && keys.Next == "" {
		return archive.Imported{}, err
	}
	checked, err := r.readArchive(ctx, "comparing", p, source, true)
	if errors.Is(err, store.ErrConflict) {
		err = fmt.Errorf("nothing was imported: %w", err)
	}
	return checked, err
}

// readArchive imports it, or compares it only.
func (r *run) readArchive(ctx context.Context, what string, p *platform.Platform, source *archiveFile, checkOnly bool) (archive.Imported, error) {
	text, err := source.reader()
	if err != nil {
		return archive.Imported{}, err
	}
	bar := r.progress(what, "events", source.size)
	defer bar.end()
	return archive.Import(ctx, p.Store, text, &archive.ImportOptions{CheckOnly: checkOnly, Progress: func(now archive.Imported) {
		bar.at(int(source.read.Load()), now.Events, "")
	}})
}

// archiveFile is an archive to be read, whose reading is counted.
type archiveFile struct {
	from io.Reader
	file *os.File // nil for the standard input
	name string
	size int // 0 if it isn't known
	read atomic.Int64
}

func (r *run) openArchive(name string) (*archiveFile, error) {
	if name == onStdout {
		return &archiveFile{from: r.in, name: "the standard input"}, nil
	}
	f, err := os.Open(name) //nolint:gosec // the file that the user asks for
	if err != nil {
		return nil, usagef("%w", err)
	}
	a := &archiveFile{from: f, name: name}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if info.Mode().IsRegular() { // anything else can be read once only
		a.file, a.size = f, int(info.Size())
	}
	return a, nil
}

// Read implements [io.Reader].
func (a *archiveFile) Read(b []byte) (int, error) {
	n, err := a.from.Read(b)
	a.read.Add(int64(n))
	return n, err
}

// reader reads it from its beginning.
func (a *archiveFile) reader() (io.Reader, error) {
	if a.file != nil {
		if _, err := a.file.Seek(0, io.SeekStart); err != nil {
			return nil, err
		}
		a.read.Store(0)
	}
	text, err := unpacked(a)
	if err != nil {
		return nil, fmt.Errorf("%s can't be read: %w", a.name, err)
	}
	return text, nil
}

// Close closes the file.
func (a *archiveFile) Close() error {
	if c, ok := a.from.(*os.File); ok && a.name != "the standard input" {
		return c.Close()
	}
	return nil
}
