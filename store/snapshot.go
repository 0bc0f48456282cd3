package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Snapshot is the state that a key's events lead to, at one revision. It saves reading them again, and may be lost.
type Snapshot struct {
	Key string
	// Name tells apart the kinds of state that are kept of one key.
	Name string
	// Schema is the version of the state's type.
	Schema int
	// Revision is that of the last event in it.
	Revision Revision
	// State is JSON text.
	State json.RawMessage
}

// SnapshotBackend is the part of a backend that keeps snapshots, the newest one of each key and name.
type SnapshotBackend interface {
	// Snapshot reads the snapshot of a key, which may be a little behind; nil if there is none.
	Snapshot(ctx context.Context, key, name string) (*Snapshot, error)

	// PutSnapshot keeps s in the place of one with a lower schema, or with the same and a lower revision. Otherwise it
	// changes nothing.
	PutSnapshot(ctx context.Context, s *Snapshot) error
}

// Snapshots says how to keep snapshots of a state of type S, which is written and read as JSON.
type Snapshots[S any] struct {
	// Name names the kind of state: 1 to 64 of a-z, 0-9 and "-".
	Name string
	// Schema is to be raised when S changes: a snapshot of another schema is not read, and the state is built anew.
	Schema int
	// Every is after how many events to keep a new one; 0 means [DefaultEvery].
	Every int
}

// DefaultEvery is after how many events a new snapshot is kept unless said otherwise.
const DefaultEvery = 100

// isSnapshotName is written by hand: an expression would be compiled at every start of a Lambda function.
func isSnapshotName(s string) bool {
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789-"
	return len(s) >= 1 && len(s) <= 64 && strings.Trim(s, letters) == ""
}

func (k *Snapshots[S]) validate() error {
	switch {
	case !isSnapshotName(k.Name):
		return invalidf("snapshots.name", "%q must be 1 to 64 of a-z, 0-9 and \"-\"", k.Name)
	case k.Schema < 0 || k.Every < 0:
		return invalidf("snapshots", "schema %d or every %d is negative", k.Schema, k.Every)
	}
	return nil
}

// load reads the snapshot of key into state, and answers its revision; 0 if there is none that fits.
func (k *Snapshots[S]) load(ctx context.Context, s *Store, key string, state *S) (Revision, error) {
	backend, err := s.snapshots()
	if err != nil {
		return 0, err
	}
	found, err := backend.Snapshot(ctx, key, k.Name)
	switch {
	case errors.Is(err, ErrDamaged):
		s.clock.log.Warn("snapshot passed over: it is damaged", "key", key, "snapshot", k.Name, "error", err)
		return 0, nil
	case err != nil:
		return 0, fmt.Errorf("snapshot %q of key %q: %w", k.Name, key, err)
	}
	if found == nil || found.Schema != k.Schema || found.Revision == 0 {
		return 0, nil
	}
	if err := json.Unmarshal(found.State, state); err != nil {
		s.clock.log.Warn("snapshot passed over: it doesn't fit its type; was the schema not raised?",
			"key", key, "snapshot", k.Name, "schema", k.Schema, "error", err)
		*state = *new(S)
		return 0, nil
	}
	return found.Revision, nil
}

// keep keeps a snapshot at revision now, if there was none since revision last. What it can't keep it reports
// to the log: the events are stored, and the next one may succeed.
func (k *Snapshots[S]) keep(ctx context.Context, s *Store, key string, last, now Revision, state S) {
	every := Revision(DefaultEvery)
	if k.Every > 0 {
		every = Revision(k.Every)
	}
	if now/every == last/every {
		return
	}
	encoded, err := json.Marshal(state)
	if err == nil {
		var backend SnapshotBackend
		if backend, err = s.snapshots(); err == nil {
			err = backend.PutSnapshot(ctx, &Snapshot{Key: key, Name: k.Name, Schema: k.Schema, Revision: now, State: encoded})
		}
	}
	if err != nil {
		s.clock.log.Warn("no snapshot kept", "key", key, "snapshot", k.Name, "revision", uint64(now), "error", err)
	}
}

func (s *Store) snapshots() (SnapshotBackend, error) {
	backend, ok := s.backend.(SnapshotBackend)
	if !ok {
		return nil, errors.New("this backend keeps no snapshots")
	}
	return backend, nil
}
