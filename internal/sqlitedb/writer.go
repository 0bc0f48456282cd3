package sqlitedb

import (
	"fmt"
	"runtime"

	"github.com/aeon-es/aeon/store"
)

// maxGroup bounds how many writes share a transaction, and so how long the first one waits for the last.
const maxGroup = 256

// write does the queue's writes, group by group, until the queue is closed and empty.
func (db *DB) write() {
	defer close(db.done)
	for db.queue.wait() {
		g := &group{queue: &db.queue}
		db.writing.Lock()
		g.conn = db.writer
		g.run()
		db.writing.Unlock()
		g.deliver()
		if len(g.writes) > 1 {
			runtime.Gosched() // whoever was just answered may have the next write ready: let it join the next group
		}
	}
}

// group is the writes that share a transaction.
type group struct {
	queue    *queue
	conn     *conn
	writes   []*write
	outcomes []error // of writes, one each
	dirty    bool    // the transaction holds writes
	lost     error   // why the transaction is gone, and with it all that it held
}

// run begins before it picks anything up: while another process keeps the file busy, writes can still be
// withdrawn. What comes in while the group is at work joins it.
func (g *group) run() {
	if err := g.begin(); err != nil {
		g.lost = err
		g.writes = g.queue.take(maxGroup)
		return
	}
	for g.lost == nil && len(g.writes) < maxGroup {
		more := g.queue.take(maxGroup - len(g.writes))
		if len(more) == 0 {
			break
		}
		g.writes = append(g.writes, more...)
		for _, w := range more {
			g.outcomes = append(g.outcomes, g.do(w.op))
			if g.lost != nil {
				break
			}
		}
	}
	g.end()
}

func (g *group) begin() error {
	_, err := g.conn.exec("BEGIN IMMEDIATE")
	return classify(err)
}

// do runs one op and undoes what a failed one wrote.
func (g *group) do(op func(*Tx) error) error {
	tx := &Tx{conn: g.conn, shared: g.dirty}
	err := protected(op, tx)
	switch {
	case err == nil:
		g.dirty = g.dirty || tx.wrote
		return g.release(tx)
	case tx.saved:
		if _, gone := g.conn.exec("ROLLBACK TO op"); gone != nil { // SQLite has undone the whole transaction
			g.lost = fmt.Errorf("%w: undone together with another write that failed: %v", store.ErrThrottled, err) //nolint:errorlint // not its own
			return classify(err)
		}
		if failed := g.release(tx); failed != nil {
			return failed
		}
	case tx.wrote: // alone in the transaction so far
		g.rollback()
		g.lost = g.begin()
	}
	return classify(err)
}

func (g *group) release(tx *Tx) error {
	if !tx.saved {
		return nil
	}
	if _, err := g.conn.exec("RELEASE op"); err != nil {
		g.lost = classify(err)
	}
	return g.lost
}

// end commits what there is to commit.
func (g *group) end() {
	if g.lost == nil {
		_, err := g.conn.exec("COMMIT")
		if err == nil {
			return
		}
		g.lost = classifyCommit(err)
	}
	g.rollback()
}

// rollback leaves no transaction open. SQLite itself rolls back after some errors, and then there is none: no harm.
func (g *group) rollback() { _, _ = g.conn.exec("ROLLBACK") }

// deliver tells each write its outcome.
func (g *group) deliver() {
	for i, w := range g.writes {
		switch {
		case i < len(g.outcomes) && g.outcomes[i] != nil:
			w.done <- g.outcomes[i]
		default:
			w.done <- g.lost
		}
	}
}

// panicked carries a panic of an op from the writer's goroutine to the op's own.
type panicked struct{ value any }

func (p *panicked) Error() string { return fmt.Sprint("panic: ", p.value) }

// protected runs op and makes an error of its panic: the writer belongs to everybody.
func protected(op func(*Tx) error, tx *Tx) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &panicked{v}
		}
	}()
	return op(tx)
}

func orPanic(err error) error {
	if p, ok := err.(*panicked); ok { //nolint:errorlint // never wrapped
		panic(p.value)
	}
	return err
}
