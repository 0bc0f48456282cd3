package linear

import (
	"fmt"
	"net/http"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/aeon-es/aeon/internal/interleave/memstore"
	"github.com/aeon-es/aeon/internal/testenv/dynamolocal"
	"github.com/aeon-es/aeon/internal/testenv/faults"
	"github.com/aeon-es/aeon/internal/testenv/long"
	"github.com/aeon-es/aeon/store"
	"github.com/aeon-es/aeon/store/dynamo"
	"github.com/aeon-es/aeon/store/sqlite"
	"github.com/aeon-es/aeon/store/storetest"
)

// wrapped puts faults before a backend in this process.
func wrapped(b store.Backend, seed uint64) Unreliable {
	f := storetest.NewFaulty(b, storetest.Random(seed, storetest.Odds{
		Throttle: 0.03, Break: 0.03, Lose: 0.05, Late: 0.05, Repeat: 0.05, Delay: time.Millisecond,
	}))
	return Unreliable{Faulty: f, Clean: b, Land: f.Land}
}

func TestLinearizableInMemory(t *testing.T) {
	t.Parallel()
	Check(t, long.Or(100_000, 6_000), func(_ *testing.T, seed uint64) Unreliable { return wrapped(memstore.New(), seed) })
}

func TestLinearizableOnSQLite(t *testing.T) {
	t.Parallel()
	Check(t, long.Or(50_000, 3_000), func(t *testing.T, seed uint64) Unreliable {
		b, err := sqlite.Open(filepath.Join(t.TempDir(), "events.db"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = b.Close() })
		return wrapped(b, seed)
	})
}

func TestLinearizableOnDynamoDB(t *testing.T) {
	t.Parallel()
	server := dynamolocal.Start(t)
	var opened atomic.Int64
	Check(t, long.Or(20_000, 2_000), func(t *testing.T, seed uint64) Unreliable {
		config := server.Config()
		n := opened.Add(1)
		tables := dynamo.Tables{Events: fmt.Sprint("events", n), Metadata: fmt.Sprint("metadata", n)}
		clean := dynamo.New(dynamodb.NewFromConfig(config), tables)
		if err := clean.CreateTables(t.Context()); err != nil {
			t.Fatal(err)
		}
		transport := faults.New(&http.Transport{MaxIdleConnsPerHost: 64}, seed, faults.Odds{
			LoseRequest: 0.02, LoseAnswer: 0.04, Late: 0.04, Repeat: 0.04, Throttle: 0.03, Conflict: 0.03, Break: 0.04,
			MaxDelay: 3 * time.Millisecond, MaxLate: 50 * time.Millisecond,
		})
		config.HTTPClient = &http.Client{Transport: transport}
		config.Retryer = func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) {
				o.MaxBackoff, o.RateLimiter = 20*time.Millisecond, ratelimit.None
			})
		}
		faulty := dynamo.New(dynamodb.NewFromConfig(config), tables)
		return Unreliable{Faulty: faulty, Clean: clean, Land: func() {
			transport.Land()
			t.Logf("faults: %v", transport.Counts())
		}}
	})
}
