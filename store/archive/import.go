package archive

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"

	"golang.org/x/sync/errgroup"

	"github.com/aeon-es/aeon/store"
)

// Imported is what an import did.
type Imported struct {
	Totals     // of the archive, as far as it was read
	Stored int // of its commits; the others were there
}

// ImportOptions are the optional settings of [Import]; nil means all defaults.
type ImportOptions struct {
	// CheckOnly reads the archive to its end and compares it with what the store holds, and stores nothing.
	CheckOnly bool
	// Progress, if not nil, is called now and then, one call at a time.
	Progress func(Imported)
}

// ErrCutOff says that an archive ends before its last line: what there was of it is stored.
var ErrCutOff = errors.New("the archive is cut off: it has no last line that says how much there is")

// LineError says which line of an archive can't be read or stored.
type LineError struct {
	Line int // from 1 on
	Err  error
}

// Error names the line.
func (e *LineError) Error() string { return fmt.Sprintf("line %d of the archive: %v", e.Line, e.Err) }

// Unwrap is what is wrong with it.
func (e *LineError) Unwrap() error { return e.Err }

// maxLine is the longest line: a commit of the largest size in which every character is escaped.
const maxLine = 8 * store.MaxCommit

// Import stores the events of an archive as [store.Store.Restore] does, several keys side by side; the memory it needs doesn't grow
// with them. Running it again, or after it was cut off, stores what is missing.
//
// Errors: a [*LineError] for what is no line of an archive or a copy that can't be; [ErrCutOff]; those of
// [store.Store.Restore], of which [*store.OtherEventsError] says that the store holds other events for a key. What was stored before
// stays.
func Import(ctx context.Context, s *store.Store, r io.Reader, o *ImportOptions) (Imported, error) {
	if o == nil {
		o = &ImportOptions{}
	}
	working, ctx := errgroup.WithContext(ctx)
	i := &importing{
		store: s, options: o, working: working, ended: make(chan ended),
		under: map[string]*copyStream{},
	}
	working.Go(func() error {
		defer i.close()
		return i.read(ctx, r)
	})
	err := working.Wait()
	return i.done, err
}

// importing is an import under way. Its fields belong to the goroutine that reads.
type importing struct {
	store   *store.Store
	options *ImportOptions
	working *errgroup.Group
	ended   chan ended
	under   map[string]*copyStream // the keys under way
	current *copyStream            // of the line before
	lines   int
	done    Imported
}

// copyStream is the copies of one key, on their way from who reads them to who stores them.
type copyStream struct {
	key    string
	copies chan numbered
}

type numbered struct {
	store.Copy
	line int
}

// ended is how the restore of a key ended.
type ended struct {
	key    string
	stored int
}

// read reads the archive to its end, and waits until all of it is stored.
func (i *importing) read(ctx context.Context, r io.Reader) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, chunkSize), maxLine)
	complete := false
	for lines.Scan() {
		i.lines++
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		if complete {
			return i.fail(errors.New("there is more behind the last one"))
		}
		var l line
		if err := decode(lines.Bytes(), &l); err != nil {
			switch {
			case lines.Err() != nil: // the line is what could be read of it
				return i.broken(lines.Err())
			case i.lines == 1:
				err = fmt.Errorf("%w (%w)", errNoArchive, err)
			}
			return i.fail(err)
		}
		if err := i.line(ctx, &l); err != nil {
			return err
		}
		complete = l.End != nil
	}
	if err := lines.Err(); err != nil {
		i.lines++
		return i.broken(err)
	}
	i.close()
	for len(i.under) > 0 {
		if err := i.wait(ctx); err != nil {
			return err
		}
	}
	switch {
	case i.lines == 0:
		return fmt.Errorf("%w: it is empty", errNoArchive)
	case !complete:
		return ErrCutOff
	}
	return nil
}

func decode(text []byte, l *line) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields() // a newer version's meaning would be lost
	if err := d.Decode(l); err != nil {
		return err
	}
	if d.More() {
		return errors.New("it holds more than one object")
	}
	return nil
}

func (i *importing) fail(err error) error { return &LineError{Line: i.lines, Err: err} }

var errNoArchive = errors.New("this is no archive, which begins with {\"aeon\":\"archive\",\"format\":1}")

// broken is the error of a reader: a compressed file notices by itself that it was cut off.
func (i *importing) broken(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w (line %d: %w)", ErrCutOff, i.lines, err)
	}
	return i.fail(err)
}

// line takes one line, of whichever kind.
func (i *importing) line(ctx context.Context, l *line) error {
	switch {
	case i.lines == 1 && l.Aeon != "archive":
		return i.fail(errNoArchive)
	case i.lines == 1 && l.Format != format:
		return i.fail(fmt.Errorf("format %d: this version knows %d: use a newer one", l.Format, format))
	case i.lines == 1:
		return nil
	case l.End != nil && *l.End != i.done.Totals:
		return i.fail(fmt.Errorf("it says that there are %+v, but there were %+v", *l.End, i.done.Totals))
	case l.End != nil:
		return nil
	case l.Aeon != "":
		return i.fail(errors.New("another archive begins here: import one after the other"))
	}
	c, err := l.copyOf()
	if err == nil {
		err = store.ValidateKey(c.Key)
	}
	if err != nil {
		return i.fail(err)
	}
	keys := 0
	if i.current == nil || i.current.key != c.Key {
		if err := i.next(ctx, c.Key); err != nil {
			return err
		}
		keys = 1
	}
	select {
	case i.current.copies <- numbered{c, i.lines}:
	case <-ctx.Done():
		return ctx.Err()
	}
	i.done.add(keys, 1, c.Count)
	if i.done.Commits%progressEvery == 0 {
		i.tell()
	}
	return nil
}

// next begins with another key.
func (i *importing) next(ctx context.Context, key string) error {
	i.close()
	for {
		_, busy := i.under[key]
		if !busy && len(i.under) < sideBySide {
			break
		}
		if err := i.wait(ctx); err != nil {
			return err
		}
	}
	k := &copyStream{key: key, copies: make(chan numbered, 8)}
	i.current, i.under[key] = k, k
	i.working.Go(func() error {
		line := 0
		restored, err := i.store.Restore(ctx, key, k.all(&line), &store.RestoreOptions{CheckOnly: i.options.CheckOnly})
		if err != nil {
			if errors.Is(err, store.ErrInvalid) || errors.Is(err, store.ErrTooLarge) {
				err = &LineError{Line: line, Err: err}
			}
			return err
		}
		select {
		case i.ended <- ended{key, restored.Stored}:
		case <-ctx.Done():
		}
		return nil
	})
	return nil
}

// close ends the key of the line before.
func (i *importing) close() {
	if i.current != nil {
		close(i.current.copies)
		i.current = nil
	}
}

// wait waits for a key to end.
func (i *importing) wait(ctx context.Context) error {
	select {
	case e := <-i.ended:
		delete(i.under, e.key)
		i.done.Stored += e.stored
		i.tell()
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// progressEvery is after how many commits progress is told, if no key ends before.
const progressEvery = 1000

func (i *importing) tell() {
	if i.options.Progress != nil {
		i.options.Progress(i.done)
	}
}

// all iterates over the copies; line is that of the one under way.
func (k *copyStream) all(line *int) iter.Seq2[store.Copy, error] {
	return func(yield func(store.Copy, error) bool) {
		for c := range k.copies {
			*line = c.line
			if !yield(c.Copy, nil) {
				return
			}
		}
	}
}
