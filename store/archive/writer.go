package archive

import (
	"bytes"
	"io"

	"github.com/aeon-es/aeon/store"
)

// Writer writes an archive of commits that don't come from a store, for who moves to one; of a store, [Export] writes it. It is not safe
// for concurrent use.
type Writer struct {
	w       io.Writer
	begun   bool
	key     string // of the last commit
	written Totals
}

// NewWriter returns a writer of an archive to w, which makes a write of each line.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// Write writes a commit: those of a key one behind the other, from revision 1 on. What it holds is validated where it is imported, as all
// that an archive holds. Errors: those of the [io.Writer].
func (w *Writer) Write(c *store.Copy) error {
	if err := w.begin(); err != nil {
		return err
	}
	keys := 0
	if w.written.Keys == 0 || c.Key != w.key {
		keys = 1
	}
	if err := w.line(lineOf(c)); err != nil {
		return err
	}
	w.key = c.Key
	w.written.add(keys, 1, len(c.Events))
	return nil
}

// Close writes the last line, without which an archive is cut off, and answers how much there is. It doesn't close the [io.Writer].
func (w *Writer) Close() (Totals, error) {
	if err := w.begin(); err != nil {
		return w.written, err
	}
	return w.written, w.line(line{End: &w.written})
}

// begin writes the first line, if it isn't there.
func (w *Writer) begin() error {
	if w.begun {
		return nil
	}
	w.begun = true
	return w.line(firstLine)
}

func (w *Writer) line(v any) error { return writeLine(w.w, v) }

// firstLine says what it is.
var firstLine = line{Aeon: "archive", Format: format}

func writeLine(w io.Writer, v any) error {
	var b bytes.Buffer
	if err := appendLine(&b, v); err != nil {
		return err
	}
	_, err := w.Write(b.Bytes())
	return err
}
