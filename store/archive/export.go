package archive

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"golang.org/x/sync/errgroup"

	"github.com/aeon-es/aeon/store"
)

// Place is where an export was cut off, for it to go on there: JSON to be kept beside what is written. Its fields are the
// export's own.
type Place struct {
	After    string         `json:"after"` // the page of keys
	Key      string         `json:"key"`   // the last one in it that was written, up to Revision
	Revision store.Revision `json:"revision"`
	Written  Totals         `json:"written"`
}

// ExportOptions are the optional settings of [Export]; nil means all defaults.
type ExportOptions struct {
	// From goes on where an export of the same store was cut off: what is written belongs right behind what was written by then.
	From *Place
	// Progress, if not nil, is called after each write, with the place behind it. An error that it answers ends the export.
	Progress func(Place) error
}

// How many keys are read side by side, and how much of a key is written at once.
const (
	sideBySide = 16
	chunkSize  = 64 << 10
)

// Export writes the events of a store, key by key, several of which it reads side by side; the memory it needs doesn't grow with
// them. It answers how much the archive holds.
//
// Errors: of w, of Progress, of the context, and what the database answers; a [*store.DamagedError] where a key has a gap. What was
// written up to the last Progress is right, and [ExportOptions.From] goes on behind it.
func Export(ctx context.Context, s *store.Store, w io.Writer, o *ExportOptions) (Totals, error) {
	if o == nil {
		o = &ExportOptions{}
	}
	e := &exporting{store: s, w: w, progress: o.Progress, order: make(chan *keyStream)}
	if o.From != nil {
		e.at, e.from = *o.From, *o.From
	} else if err := writeLine(w, firstLine); err != nil {
		return Totals{}, err
	}
	working, ctx := errgroup.WithContext(ctx)
	working.Go(func() error { return e.read(ctx, working) })
	working.Go(func() error { return e.write(ctx) })
	if err := working.Wait(); err != nil {
		return e.at.Written, err
	}
	return e.at.Written, writeLine(w, line{End: &e.at.Written})
}

// exporting is an export under way.
type exporting struct {
	store    *store.Store
	w        io.Writer
	progress func(Place) error
	from     Place           // where it goes on; the zero Place is the beginning
	order    chan *keyStream // in the order in which they are to be written
	at       Place
}

// keyStream is the lines of one key, on their way from who reads them to who writes them.
type keyStream struct {
	key    string
	page   string         // of keys, that the key is on
	after  store.Revision // what lies behind it is to be written
	chunks chan chunk
}

// chunk is lines, and what they hold.
type chunk struct {
	lines           []byte
	commits, events int
	last            store.Revision
}

// read has the keys read, one after another, as many side by side as there is room for.
func (e *exporting) read(ctx context.Context, working *errgroup.Group) error {
	defer close(e.order)
	room := make(chan struct{}, sideBySide)
	last, passing := "", e.from.Key != ""
	for q := (store.KeyQuery{Segments: 1, After: e.from.After}); ; {
		page, err := e.store.Keys(ctx, q)
		if err != nil {
			return err
		}
		for _, key := range page.Keys {
			k := &keyStream{key: key, page: q.After, chunks: make(chan chunk, 1)}
			if passing {
				if key != e.from.Key {
					continue
				}
				passing, k.after = false, e.from.Revision
			}
			if key == last { // a page ended in it
				continue
			}
			last = key
			select {
			case room <- struct{}{}:
			case <-ctx.Done():
				return ctx.Err()
			}
			working.Go(func() error {
				defer func() { <-room }()
				return e.readKey(ctx, k)
			})
			select {
			case e.order <- k:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if q.After = page.Next; q.After == "" {
			break
		}
	}
	if passing {
		return fmt.Errorf("the store has no key %q any more, where the export was cut off: begin it anew", e.from.Key)
	}
	return nil
}

// readKey reads one key.
func (e *exporting) readKey(ctx context.Context, k *keyStream) error {
	defer close(k.chunks)
	var next chunk
	var lines bytes.Buffer
	send := func() error {
		next.lines = bytes.Clone(lines.Bytes())
		select {
		case k.chunks <- next:
		case <-ctx.Done():
			return ctx.Err()
		}
		next = chunk{}
		lines.Reset()
		return nil
	}
	for c, err := range e.store.Copies(ctx, k.key, k.after+1) {
		if err != nil {
			return err
		}
		if err := appendLine(&lines, lineOf(&c)); err != nil {
			return fmt.Errorf("write commit %q @ %d: %w", c.Key, c.Revision, err)
		}
		next.commits, next.events, next.last = next.commits+1, next.events+c.Count, c.Last()
		if lines.Len() >= chunkSize {
			if err := send(); err != nil {
				return err
			}
		}
	}
	if next.commits == 0 {
		return nil
	}
	return send()
}

// write writes what was read.
func (e *exporting) write(ctx context.Context) error {
	for k := range e.order {
		for c := range k.chunks {
			if err := ctx.Err(); err != nil {
				return err
			}
			if _, err := e.w.Write(c.lines); err != nil {
				return err
			}
			keys := 1
			if k.key == e.at.Key {
				keys = 0 // it goes on
			}
			e.at.Written.add(keys, c.commits, c.events)
			e.at.After, e.at.Key, e.at.Revision = k.page, k.key, c.last
			if e.progress == nil {
				continue
			}
			if err := e.progress(e.at); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}
