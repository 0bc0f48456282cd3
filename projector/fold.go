package projector

import (
	"context"
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
	rows   map[string]json.RawMessage // as stored, all that the events touch
	events []store.Committed          // cut off where it takes too long to fold them all at once

	// What comes of it: the rows that changed; or the event at which it failed, and why.
	changed   map[string]encodedRow
	reactions map[store.Revision][]appending // of a process manager, by the event's revision
	failed    int
	err       error

	at atomic.Int64 // the event under way, for whoever watches the time
}

// longRun is after how long a run is cut off and saved: code that takes long for each of very many events gets ahead all the
// same, from one try to the next.
const longRun = 2 * time.Second

// run has the view's code fold the events. An event that takes longer than limit fails: its code can't be stopped, but it
// is not waited for.
func (v active) run(ctx context.Context, rows map[string]json.RawMessage, events []store.Committed, limit time.Duration) (*fold, error) {
	f := &fold{rows: rows, events: events}
	if err := v.allowance.begin(); err != nil {
		f.err = err
		return f, nil
	}
	defer v.allowance.end()
	done := make(chan struct{})
	go func() {
		defer close(done)
		v.fold(f)
	}()
	watch := time.NewTicker(limit)
	defer watch.Stop()
	for last := int64(-1); ; {
		select {
		case <-done:
			return f, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-watch.C:
			at := f.at.Load()
			if at == last {
				return &fold{events: events, failed: int(at), err: &timeoutError{limit: limit}}, nil
			}
			last = at
		}
	}
}

// fold implements view.fold.
func (v View[Row]) fold(f *fold) {
	rows := map[string]*Row{}
	touched := map[string]bool{}
	began := time.Now()
	for i, e := range f.events {
		if time.Since(began) > longRun && i > 0 {
			f.events = f.events[:i]
			break
		}
		f.at.Store(int64(i))
		if f.err = v.foldOne(f, rows, touched, e); f.err != nil {
			f.failed = i
			return
		}
	}
	if f.changed, f.err = v.encodeRows(rows, touched); f.err != nil {
		f.failed = v.firstUnstorable(f)
	}
}

// foldOne applies one event to the rows that it touches, decoding those that are met for the first time.
func (v View[Row]) foldOne(f *fold, rows map[string]*Row, touched map[string]bool, e store.Committed) error {
	ids, err := v.ids(e)
	if err != nil {
		return err
	}
	for _, id := range ids {
		row, decoded := rows[id]
		if !decoded {
			if row, err = decodeRow[Row](f.rows[id]); err != nil {
				return err
			}
		}
		if rows[id], err = v.apply(id, row, e); err != nil {
			return err
		}
		touched[id] = true
	}
	return nil
}

// apply calls the view's code and turns its panic into an error.
func (v View[Row]) apply(id string, row *Row, e store.Committed) (next *Row, err error) {
	defer recoverInto(&err)
	return v.ApplyTo(id, row, e)
}

// encodedRow is a row as it is stored, nil if there is none, and its rank.
type encodedRow struct {
	json json.RawMessage
	rank string
}

func (v View[Row]) encodeRows(rows map[string]*Row, touched map[string]bool) (map[string]encodedRow, error) {
	changed := make(map[string]encodedRow, len(touched))
	for id := range touched {
		encoded, err := encodeRow(rows[id])
		if err != nil {
			return nil, err
		}
		rank, err := v.rankOf(rows[id])
		if err != nil {
			return nil, err
		}
		changed[id] = encodedRow{json: encoded, rank: rank}
	}
	return changed, nil
}

// firstUnstorable is the event behind which a row can't be stored for the first time.
func (v View[Row]) firstUnstorable(f *fold) int {
	rows := map[string]*Row{}
	for i, e := range f.events {
		touched := map[string]bool{}
		if err := v.foldOne(f, rows, touched, e); err != nil {
			return i
		}
		if _, err := v.encodeRows(rows, touched); err != nil {
			return i
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
