package store

import (
	"context"
	"log/slog"
	"time"
)

// Store is an event store over a [Backend]. Make it with [New]; it is safe for concurrent use. One
// process should share one Store per backend: appends to the same key then queue up in it instead of fighting.
type Store struct {
	backend        Backend
	clock          *hybridClock
	turns          *turns
	counts         *counts
	idempotencyTTL time.Duration
	horizon        time.Duration
}

// KeepForever as a time to live keeps an idempotency marker for good.
const KeepForever time.Duration = -1

// DefaultIdempotencyTTL is how long an idempotency key holds unless said otherwise.
const DefaultIdempotencyTTL = 30 * 24 * time.Hour

// Option sets up a [Store].
type Option func(*Store)

// WithClock takes the time from now instead of [time.Now]. Correctness never depends on it.
func WithClock(now func() time.Time) Option { return func(s *Store) { s.clock.now = now } }

// WithLogger writes what the store has to report to log instead of [slog.Default].
func WithLogger(log *slog.Logger) Option { return func(s *Store) { s.clock.log = log } }

// WithIdempotencyTTL keeps idempotency markers for ttl instead of [DefaultIdempotencyTTL]; [KeepForever] is a
// ttl too.
func WithIdempotencyTTL(ttl time.Duration) Option { return func(s *Store) { s.idempotencyTTL = ttl } }

// WithHorizon has positions count as settled when they are older than d instead of [DefaultHorizon].
func WithHorizon(d time.Duration) Option { return func(s *Store) { s.horizon = d } }

// New makes a store over b.
func New(b Backend, opts ...Option) *Store {
	s := &Store{
		backend: b,
		clock:   &hybridClock{now: time.Now, log: slog.Default()},
		turns:   newTurns(),
		counts:  &counts{},
		horizon: DefaultHorizon,
	}
	for _, o := range opts {
		o(s)
	}
	return s
}

// Ping says whether the database behind the store answers; if not, the error says what is missing.
func (s *Store) Ping(ctx context.Context) error { return s.backend.Ping(ctx) }
