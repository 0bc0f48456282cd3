package projector

import (
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/aeon-es/aeon/store"
)

// fold is one run of a view's code over some events of one key.
type fold struct {
	rows    []foldRow         // all that the events touch
	events  []store.Committed // cut off where it takes too long to fold them all at once
	touches [][]int           // by event, which of the rows

	// What comes of it: the rows that changed, by row; or the event at which it failed, and why.
	changed   []encodedRow
	reactions map[store.Revision][]appending // of a process manager, by the event's revision
	failed    int
	err       error

	at atomic.Int64 // the event under way, for whoever watches the time
}

// foldRow is a row as it is stored before.
type foldRow struct {
	id   string
	json json.RawMessage
}

// encodedRow is a row as it is stored afterwards, nil if there is none, and its rank.
type encodedRow struct {
	touched bool // or else it is as before
	json    json.RawMessage
	rank    string
}

// longRun is after how long a run is cut off and saved: code that takes long for each of very many events gets ahead all the
// same, from one try to the next.
const longRun = 2 * time.Second

// fold implements view.fold.
func (v View[Row]) fold(f *fold) {
	rows := make([]working[Row], len(f.rows))
	began := time.Now()
	for i := range f.events {
		if i > 0 && time.Since(began) > longRun {
			f.events = f.events[:i]
			break
		}
		f.at.Store(int64(i))
		if f.err = v.foldOne(f, rows, i); f.err != nil {
			f.failed = i
			return
		}
	}
	if f.changed, f.err = v.encodeRows(rows); f.err != nil {
		f.failed = v.firstUnstorable(f)
	}
}

// working is a row on the way.
type working[Row any] struct {
	row     *Row
	decoded bool
	touched bool
}

// foldOne applies event i to the rows that it touches, decoding those that are met for the first time.
func (v View[Row]) foldOne(f *fold, rows []working[Row], i int) (err error) {
	for _, n := range f.touches[i] {
		at := &rows[n]
		if !at.decoded {
			if at.row, err = decodeRow[Row](f.rows[n].json); err != nil {
				return err
			}
			at.decoded = true
		}
		if at.row, err = v.apply(f.rows[n].id, at.row, f.events[i]); err != nil {
			return err
		}
		at.touched = true
	}
	return nil
}

// apply calls the view's code and turns its panic into an error.
func (v View[Row]) apply(id string, row *Row, e store.Committed) (next *Row, err error) {
	defer recoverInto(&err)
	return v.ApplyTo(id, row, e)
}

func (v View[Row]) encodeRows(rows []working[Row]) ([]encodedRow, error) {
	changed := make([]encodedRow, len(rows))
	for n, at := range rows {
		if !at.touched {
			continue
		}
		encoded, err := encodeRow(at.row)
		if err != nil {
			return nil, err
		}
		rank, err := v.rankOf(at.row)
		if err != nil {
			return nil, err
		}
		changed[n] = encodedRow{touched: true, json: encoded, rank: rank}
	}
	return changed, nil
}

// firstUnstorable is the event behind which a row can't be stored for the first time.
func (v View[Row]) firstUnstorable(f *fold) int {
	rows := make([]working[Row], len(f.rows))
	for i := range f.events {
		if err := v.foldOne(f, rows, i); err != nil {
			return i
		}
		if _, err := v.encodeRows(rows); err != nil {
			return i
		}
		for n := range rows {
			rows[n].touched = false
		}
	}
	return max(0, len(f.events)-1)
}

// Classes of what can be wrong with an event in a view: [Parked.Class].
const (
	ClassError   = "error"   // the view's code answered an error
	ClassPanic   = "panic"   // the view's code panicked
	ClassTimeout = "timeout" // the view's code took too long
	ClassRow     = "row"     // a row can't be stored, or what is stored isn't one of the view's type
)

func classOf(err error) string {
	var p *panicError
	var t *timeoutError
	var r *RowError
	var l *loopError
	var a *reactionError
	switch {
	case errors.As(err, &p):
		return ClassPanic
	case errors.As(err, &t):
		return ClassTimeout
	case errors.As(err, &r):
		return ClassRow
	case errors.As(err, &l):
		return ClassLoop
	case errors.As(err, &a):
		return ClassReaction
	}
	return ClassError
}

// panicError is a panic of a view's code.
type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string { return fmt.Sprintf("panic: %v", e.value) }

// recoverInto makes an error of a panic.
func recoverInto(err *error) {
	if p := recover(); p != nil {
		*err = &panicError{value: p, stack: debug.Stack()}
	}
}

type timeoutError struct {
	limit time.Duration
	batch bool
}

func (e *timeoutError) Error() string {
	if e.batch {
		return fmt.Sprintf("the view's code took longer than %s for one batch", e.limit)
	}
	return fmt.Sprintf("the view's code took longer than %s for one event", e.limit)
}
