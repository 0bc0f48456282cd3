// Package killed tests that projectors may be killed, at any moment, while events keep coming: processes of a test binary bring
// views up to date from what is stored, each until it is killed, and is followed by another. In the end every row must be exact.
package killed

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// Delivery is a test. The processes run what the test binary's TestMain gives to [Main].
type Delivery struct {
	Where     string // is told to each process
	Store     *store.Store
	Rows      projector.Backend // to look at them
	Processes int               // at work at a time
	Kills     int               // of each of them, one after the other
}

// patience is how long the last rows are waited for.
const patience = 5 * time.Minute

// Run appends events while processes work on them and are killed, and fails the test if not every row comes to be exact.
func (d *Delivery) Run(t *testing.T) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	steps, over := make(chan struct{}, 100), make(chan struct{})
	var processes, last sync.WaitGroup
	for range d.Processes {
		processes.Go(func() {
			for range d.Kills {
				if err := workAndDie(ctx, d.Where, steps); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	go func() {
		processes.Wait()
		close(over)
	}()
	if err := appendUntil(ctx, d.Store, steps, over); err != nil {
		t.Error(err)
	}
	if <-over; t.Failed() {
		return
	}
	for range d.Processes { // who are not killed before all is done
		last.Go(func() {
			if err := work(ctx, d.Where); err != nil {
				t.Error(err)
			}
		})
	}
	d.expectExact(t)
	stop()
	last.Wait()
}

// expectExact waits until all rows are as they must be.
func (d *Delivery) expectExact(t *testing.T) {
	t.Helper()
	p, err := projector.New(d.Store, d.Rows, nil, Views()...)
	if err != nil {
		t.Fatal(err)
	}
	for began := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		m, err := read(t.Context(), d.Store)
		if err == nil {
			err = m.inexact(t.Context(), p)
		}
		if err == nil {
			t.Logf("%d processes were killed; %d events of %d keys are exact, %d of them of the process manager",
				d.Processes*d.Kills, m.events, len(m.heads), m.shipped)
			return
		}
		if time.Since(began) > patience || t.Failed() {
			t.Errorf("after %v: %v", time.Since(began), err)
			return
		}
	}
}
