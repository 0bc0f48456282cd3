package sqlitedb

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/aeon-es/aeon/store"
)

// together makes sure that ops share a transaction, and gives the outcome of each.
func together(t *testing.T, db *DB, ops ...func(*Tx) error) []error {
	t.Helper()
	outcomes := make([]chan error, len(ops))
	db.writing.Lock() // the writer has to wait until all are there
	for i, op := range ops {
		outcomes[i] = make(chan error, 1)
		if !db.queue.add(&write{op: op, done: outcomes[i]}) {
			t.Fatal("closed")
		}
	}
	db.writing.Unlock()
	errs := make([]error, len(ops))
	for i, outcome := range outcomes {
		errs[i] = <-outcome
	}
	return errs
}

var errMine = errors.New("changed my mind")

// failing writes and then fails.
func failing(n int) func(*Tx) error {
	return func(tx *Tx) error { return errors.Join(insert(n)(tx), errMine) }
}

func TestAFailedWriteIsUndoneAlone(t *testing.T) {
	orders := map[string][]func(*Tx) error{
		"first": {failing(9), insert(1), insert(2)},
		"amid":  {insert(1), failing(9), insert(2)},
		"last":  {insert(1), insert(2), failing(9)},
	}
	for name, ops := range orders {
		t.Run(name, func(t *testing.T) {
			everywhere(t, func(t *testing.T, db *DB) {
				var got []error
				for _, err := range together(t, db, ops...) {
					if err != nil {
						got = append(got, err)
					}
				}
				if len(got) != 1 || !errors.Is(got[0], errMine) {
					t.Errorf("errors %v, want just %v", got, errMine)
				}
				if got := stored(t, db); !slices.Equal(got, []int{1, 2}) {
					t.Errorf("stored %v, want [1 2]", got)
				}
			})
		})
	}
}

func TestAFailedStatementNamesWhatIsWrong(t *testing.T) {
	db := inFile(t)
	err := db.Write(t.Context(), func(tx *Tx) error {
		_, err := tx.Exec("INSERT INTO nowhere (n) VALUES (1)")
		return err
	})
	if !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("no such table: %v", err)
	}
}

func TestAPanicReachesItsOwnCaller(t *testing.T) {
	everywhere(t, func(t *testing.T, db *DB) {
		func() {
			defer func() {
				if v := recover(); v != "oh" {
					t.Errorf("recovered %v, want oh", v)
				}
			}()
			_ = db.Write(t.Context(), func(tx *Tx) error {
				_ = insert(1)(tx)
				panic("oh")
			})
		}()
		if err := db.Write(t.Context(), insert(2)); err != nil {
			t.Fatal(err)
		}
		if got := stored(t, db); !slices.Equal(got, []int{2}) {
			t.Errorf("stored %v, want [2]", got)
		}
	})
}

// A full disk makes SQLite undo the whole transaction: nobody in it may believe to be stored.
func TestAFullDisk(t *testing.T) {
	db := openAt(t, Memory)
	fill := func(n int) func(*Tx) error {
		return func(tx *Tx) error {
			_, err := tx.Exec("INSERT INTO filler (n, blob) VALUES (?, zeroblob(1000000))", n)
			return err
		}
	}
	if err := db.Apply(t.Context(), Schema{Name: "filler", Steps: []string{"CREATE TABLE filler (n, blob)"}}); err != nil {
		t.Fatal(err)
	}
	if err := db.Write(t.Context(), func(tx *Tx) error {
		var pages int
		return tx.QueryRow("PRAGMA max_page_count = 100").Scan(&pages)
	}); err != nil {
		t.Fatal(err)
	}
	errs := together(t, db, insert(1), fill(1), insert(2))
	if !errors.Is(errs[1], store.ErrUnavailable) {
		t.Errorf("full: %v", errs[1])
	}
	kept := stored(t, db)
	for i, n := range map[int]int{0: 1, 2: 2} {
		switch told := errs[i] == nil; {
		case told != slices.Contains(kept, n):
			t.Errorf("write of %d answered %v, stored are %v", n, errs[i], kept)
		case !told && !errors.Is(errs[i], store.ErrThrottled):
			t.Errorf("the neighbour: %v", errs[i])
		}
	}
	if err := db.Write(t.Context(), insert(3)); err != nil {
		t.Errorf("after it: %v", err)
	}
}

func TestCancelledBeforeItsTurn(t *testing.T) {
	everywhere(t, func(t *testing.T, db *DB) {
		db.writing.Lock()
		ctx, cancel := context.WithCancel(t.Context())
		outcome := make(chan error, 1)
		go func() { outcome <- db.Write(ctx, insert(1)) }()
		for db.waiting() == 0 {
			time.Sleep(time.Millisecond)
		}
		cancel()
		err := <-outcome
		db.writing.Unlock()
		if !errors.Is(err, context.Canceled) || !errors.Is(err, store.ErrThrottled) {
			t.Errorf("got %v", err)
		}
		if err := db.Write(ctx, insert(2)); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled beforehand: %v", err)
		}
		if err := db.Write(t.Context(), insert(3)); err != nil {
			t.Fatal(err)
		}
		if got := stored(t, db); !slices.Equal(got, []int{3}) {
			t.Errorf("stored %v, want [3]", got)
		}
	})
}

func (db *DB) waiting() int {
	db.queue.mu.Lock()
	defer db.queue.mu.Unlock()
	return len(db.queue.waiting)
}

func TestCancelledInItsTurn(t *testing.T) {
	everywhere(t, func(t *testing.T, db *DB) {
		ctx, cancel := context.WithCancel(t.Context())
		err := db.Write(ctx, func(tx *Tx) error {
			cancel()
			return insert(1)(tx)
		})
		if err != nil {
			t.Errorf("stored, but answered %v", err)
		}
		if got := stored(t, db); !slices.Equal(got, []int{1}) {
			t.Errorf("stored %v, want [1]", got)
		}
	})
}

func TestAnotherProcessKeepsItBusy(t *testing.T) {
	path := t.TempDir() + "/test.db"
	mine, other := openAt(t, path), openAt(t, path)
	begun, goOn, outcome := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		outcome <- other.Write(context.Background(), func(tx *Tx) error {
			close(begun)
			<-goOn
			return insert(1)(tx)
		})
	}()
	<-begun
	if err := mine.Write(t.Context(), insert(2)); !errors.Is(err, store.ErrThrottled) {
		t.Errorf("while busy: %v", err)
	}
	close(goOn)
	if err := errors.Join(<-outcome, mine.Write(t.Context(), insert(3))); err != nil {
		t.Error(err)
	}
	if got := stored(t, mine); !slices.Equal(got, []int{1, 3}) {
		t.Errorf("stored %v, want [1 3]", got)
	}
}

// lose undoes the whole transaction behind the writer's back, as SQLite does after some errors.
func lose(answer error) func(*Tx) error {
	return func(tx *Tx) error {
		err := insert(9)(tx)
		_, lost := tx.conn.exec("ROLLBACK")
		return errors.Join(err, lost, answer)
	}
}

func TestNobodyBelievesInALostTransaction(t *testing.T) {
	for name, answer := range map[string]error{"noticed by the op": errMine, "noticed at the end": nil} {
		t.Run(name, func(t *testing.T) {
			db := inFile(t)
			for i, err := range together(t, db, insert(1), lose(answer), insert(2)) {
				if err == nil {
					t.Errorf("write %d believes to be stored", i)
				}
				if i != 1 && answer != nil && !errors.Is(err, store.ErrThrottled) {
					t.Errorf("write %d: %v, want one to try again after", i, err)
				}
			}
			if err := db.Write(t.Context(), insert(3)); err != nil {
				t.Fatal(err)
			}
			if got := stored(t, db); !slices.Contains(got, 3) || slices.Contains(got, 1) {
				t.Errorf("stored %v", got)
			}
		})
	}
}
