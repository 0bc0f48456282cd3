// Package dynamo keeps the events of a [store.Store] in DynamoDB: one item per commit, so that an append is one conditional
// PutItem, 1 write unit per KB, and its stream record is the whole commit.
//
//	client := dynamodb.NewFromConfig(config)
//	backend := dynamo.New(client, dynamo.Tables{Events: "events", Metadata: "metadata"})
//	if err := backend.Check(ctx); err != nil { … } // are these the tables of such a store?
//	s := store.New(backend)
//
// Two tables: the events table, with partition key "key" and sort key "revision" (of a commit's first event), and the
// metadata table, with "pk" and "sk", for the store's settings, the markers of idempotency keys, and snapshots. On AWS the
// template creates them; [Backend.CreateTables] does elsewhere. What is stored in them is told in docs/stored-format.md, and
// every request and its price in docs/costs.md.
//
// Appending needs the IAM actions dynamodb:PutItem, Query and GetItem on the tables they go to, reading Query (on the index, too,
// for all keys) and GetItem, listing keys Scan. Nothing is ever overwritten or deleted but snapshots: conditions see to that.
//
// Writes are sent once: the store repeats what has to be, with a new position each time. Reads are repeated as the client's
// retryer has it.
package dynamo

import (
	"context"
	"fmt"
	"hash/fnv"
	"strconv"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/aeon-es/aeon/store"
)

// Tables names the tables of a store.
type Tables struct {
	Events   string
	Metadata string
}

// DefaultTables are the names used where nothing else is said.
var DefaultTables = Tables{Events: "aeon-events", Metadata: "aeon-metadata"}

// Backend is a [store.Backend] on DynamoDB. Make it with [New]; safe for concurrent use.
type Backend struct {
	client *dynamodb.Client
	tables Tables
	// As asked for: this many slices (0: as recorded), or no index at all.
	slices    int
	unindexed bool

	recorded atomic.Pointer[settings] // once they are known
	asking   chan struct{}            // holds a token while somebody finds them out
}

var _ store.Backend = (*Backend)(nil)

// Option sets up a [Backend].
type Option func(*Backend)

// WithSlices spreads the index of positions over n partitions, 1 to 256. It is fixed when the store is created,
// 16 unless said otherwise: a store created with another number refuses appends.
func WithSlices(n int) Option {
	if n < 1 || n > MaxSlices {
		panic(fmt.Sprintf("dynamo: %d slices: a store has 1 to %d", n, MaxSlices))
	}
	return func(b *Backend) { b.slices = n }
}

// WithoutPositionIndex leaves out the index of positions: an append costs half, and [store.Store.ReadAll] answers
// [store.ErrNoPositionIndex]. It is fixed when the store is created, like the number of slices.
func WithoutPositionIndex() Option { return func(b *Backend) { b.unindexed = true } }

// New makes a backend on two tables that exist already. It sends no request; [Backend.Check] does.
func New(client *dynamodb.Client, tables Tables, opts ...Option) *Backend {
	b := &Backend{client: client, tables: tables, asking: make(chan struct{}, 1)}
	for _, o := range opts {
		o(b)
	}
	return b
}

// sendOnce sends a write a single time: the store stamps each try anew, so the SDK must not repeat an old one.
func sendOnce(o *dynamodb.Options) { o.Retryer = aws.NopRetryer{} }

// readsNothing asks no more than whether the table answers.
var readsNothing = store.CommitQuery{Key: "ping", Limit: 1, WithoutEvents: true, Eventual: true}

// Ping implements [store.Backend]: it reads one key from each table.
func (b *Backend) Ping(ctx context.Context) error {
	if _, err := b.Commits(ctx, readsNothing); err != nil {
		return err
	}
	_, err := b.readSettings(ctx)
	return err
}

// sliceOf spreads keys over the partitions of the index of positions.
func sliceOf(key string, slices int) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(key)) // never fails
	return int(h.Sum32() % uint32(slices))
}

func stringValue(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func numberValue[N int | int64 | uint64 | store.Revision](n N) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatUint(uint64(n), 10)} // none of them is negative
}
