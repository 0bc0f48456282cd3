package examples_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"golang.org/x/sync/errgroup"

	basic "github.com/aeon-es/aeon/examples/counter-basic/counter"
	optimistic "github.com/aeon-es/aeon/examples/counter-optimistic-concurrency/counter"
	snapshot "github.com/aeon-es/aeon/examples/counter-snapshot/counter"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
	storesqlite "github.com/aeon-es/aeon/store/sqlite"
)

// counters is what commands on counters, and queries, go to.
type counters struct{ commands, queries http.Handler }

// send gives one request to a handler.
func send(h http.Handler, method, target string) (status int, body map[string]any, err error) {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(context.Background(), method, target, http.NoBody))
	return w.Code, body, json.Unmarshal(w.Body.Bytes(), &body)
}

// try gives a command until it is carried out or refused for what it is.
func (c counters) try(command string) (passed bool, err error) {
	for {
		status, body, err := send(c.commands, http.MethodPost, "/counters/c1/"+command)
		switch {
		case err != nil:
			return false, err
		case status == http.StatusCreated:
			return true, nil
		case status == http.StatusConflict:
			return false, nil
		case status != http.StatusServiceUnavailable:
			return false, fmt.Errorf("%s: %d %v", command, status, body)
		}
	}
}

const clients, each = 32, 5

// all has all clients give a command, each several times, and counts those that passed.
func all(t *testing.T, instances []counters, command string) int {
	t.Helper()
	passed := make([]int, clients)
	var running errgroup.Group
	for client := range clients {
		running.Go(func() error {
			for range each {
				ok, err := instances[client%len(instances)].try(command)
				if err != nil {
					return err
				}
				if ok {
					passed[client]++
				}
			}
			return nil
		})
	}
	if err := running.Wait(); err != nil {
		t.Fatal(err)
	}
	sum := 0
	for _, n := range passed {
		sum += n
	}
	return sum
}

func value(t *testing.T, c counters) int {
	t.Helper()
	status, body, err := send(c.queries, http.MethodGet, "/counters/c1")
	v, ok := body["value"].(float64)
	if err != nil || status != http.StatusOK || !ok {
		t.Fatalf("the counter: %d %v (%v)", status, body, err)
	}
	return int(v)
}

// compete has clients fight for a counter of 50, and then add to it, by way of 4 stores on one database, as 4 instances of a function have.
func compete(t *testing.T, commands func(*store.Store) http.Handler, queries func(*store.Store, *projector.Projector) http.Handler) (passed, left, added, end int) {
	t.Helper()
	events, err := storesqlite.Open(":memory:")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = events.Close() }()
	var instances []counters
	for range 4 {
		s := store.New(events)
		instances = append(instances, counters{commands(s), queries(s, nil)})
	}
	if _, err := store.New(events).Append(t.Context(), "counter/c1", store.NoStream(), []store.Pending{{Type: "incremented", Data: json.RawMessage(`{"by":50}`)}}, nil); err != nil {
		t.Fatal(err)
	}
	passed = all(t, instances, "decrement")
	left = value(t, instances[0])
	added = all(t, instances, "increment")
	return passed, left, added, value(t, instances[0])
}

// With optimistic concurrency a counter never goes below zero, and no increment is lost. Beside it, what happens without.
func TestConcurrency(t *testing.T) {
	t.Parallel()
	passed, left, added, end := compete(t, basic.Commands, basic.Queries)
	t.Logf("| counter-basic | %d | %d | %d | %d | %d |", passed, passed-50, left, added, end)
	passed, left, added, end = compete(t, optimistic.Commands, optimistic.Queries)
	t.Logf("| counter-optimistic-concurrency | %d | %d | %d | %d | %d |", passed, passed-50, left, added, end)
	if passed != 50 || left != 0 || added != clients*each || end != added {
		t.Errorf("of 50, %d were taken, and %d left; %d were added, and %d there in the end", passed, left, added, end)
	}
	passed, left, added, end = compete(t, snapshot.Commands, snapshot.Queries)
	if passed != 50 || left != 0 || added != clients*each || end != added {
		t.Errorf("with snapshots: of 50, %d were taken, and %d left; %d were added, and %d there in the end", passed, left, added, end)
	}
}
