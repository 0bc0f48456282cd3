// Package prices knows what AWS charges, and what each event store consumes by the counts of this repository's harness: US East
// (N. Virginia), on demand, without a free tier. AWS's own pages of prices are filled in by scripts; the figures are as those read them
// who are named here, on the dates below.
package prices

import (
	"math"

	"github.com/aeon-es/aeon/bench/internal/scale"
)

// Price is what a million of something costs, in dollars.
type Price struct {
	What    string
	Million float64
	Page    string // AWS's, which says what holds
	Source  string // where the figure was read
	AsOf    string // of the source
}

// The prices.
var (
	Write  = Price{"write units", 0.625, dynamodbPage, dynamodbSource, dynamodbAsOf}
	Read   = Price{"read units", 0.125, dynamodbPage, dynamodbSource, dynamodbAsOf}
	Invoke = Price{"Lambda requests", 0.20, lambdaPage, "cloudchipr.com/blog/aws-lambda-pricing", "2024"}
	// Compute is the first tier: up to 7.5 billion GB-seconds a month.
	Compute = Price{"GB-seconds of Lambda on arm64", 13.3334, lambdaPage, "cloudchipr.com/blog/aws-lambda-pricing", "2024"}
	Bus     = Price{"events on EventBridge, of 64 KB begun", 1.00, "aws.amazon.com/eventbridge/pricing", "cloudburn.io/blog/amazon-eventbridge-pricing", "2026-03"}
	// REST is the first tier: up to 333 million requests a month.
	REST = Price{"requests to a REST API", 3.50, "aws.amazon.com/api-gateway/pricing", "docs.aws.amazon.com/whitepapers/latest/best-practices-api-gateway-private-apis-integration/cost-optimization.html", "undated, AWS's own"}
	// Queue is for standard queues.
	Queue = Price{"requests to SQS, of 64 KB begun", 0.40, "aws.amazon.com/sqs/pricing", "factualminds.com/blog/amazon-sqs-pricing-64kb-rule-fifo-vs-standard", "2026-06"}
	// All are all of them.
	All = []Price{Write, Read, Invoke, Compute, Bus, REST, Queue}
)

const (
	dynamodbPage   = "aws.amazon.com/dynamodb/pricing/on-demand"
	dynamodbSource = "airbyte.com/data-engineering-resources/dynamodb-pricing"
	dynamodbAsOf   = "2025-07; halved in 2024-11"
	lambdaPage     = "aws.amazon.com/lambda/pricing"
	kilobyte       = 1024.0
)

// Load is what is appended.
type Load struct {
	Events int // to an append
	Bytes  int // of data in each event
}

// kilobytes are those begun.
func kilobytes(bytes float64) float64 { return math.Max(1, math.Ceil(bytes/kilobyte)) }

// Store is an event store, by the write units of an append behind a known head.
type Store struct {
	Name  string
	Units func(Load) float64
	// Share is the part of the units that goes to the fullest partition: the rest is for indexes, and for tables beside that of the events.
	Share float64
}

// OneKey is how many appends a second one key takes at the most, when its partition takes 1,000 units.
func (s Store) OneKey(l Load) float64 { return scale.PerPartition / (s.Units(l) * s.Share) }

// What an event and an append take besides the data, in bytes, by the items that are stored: short keys and types.
const (
	aeonAppend, aeonEvent = 190, 24
	otherEvent            = 110
	esaEvent              = 330 // in its payload the key and the id once more
)

// Stores are Aeon and the contenders. The formulas are those of the requests that the harness has counted, and a test holds them to
// its counts.
var Stores = []Store{
	{"aeon", func(l Load) float64 { return 2 * aeonKilobytes(l) }, 1.0 / 2}, // the table, and a slice of the index
	{"aeon, no index", aeonKilobytes, 1},
	{"head item in a transaction", func(l Load) float64 { return 2 + 2*float64(l.Events)*kilobytes(float64(l.Bytes+60)) }, 1},
	{"castore", func(l Load) float64 {
		each := float64(l.Events) * kilobytes(float64(l.Bytes+otherEvent))
		if l.Events > 1 {
			return 2 * each // a transaction
		}
		return each
	}, 1},
	{"event-store-adapter-js", func(l Load) float64 {
		// A transaction for each event: the event and the snapshot at twice the price, and both in an index.
		return float64(l.Events) * (3*kilobytes(float64(l.Bytes+esaEvent)) + 3)
	}, 1.0 / 3}, // the table of events, that of snapshots, and an index of each
	{"dynamo-es", func(l Load) float64 { return 2 * float64(l.Events) * kilobytes(float64(l.Bytes+otherEvent)) }, 1},
	{"eventsourcing-dynamodb", func(l Load) float64 { return float64(l.Events) * kilobytes(float64(l.Bytes+otherEvent)) }, 1},
}

func aeonKilobytes(l Load) float64 {
	return kilobytes(float64(aeonAppend + l.Events*(l.Bytes+aeonEvent)))
}

// Append is what a million events cost to append, in dollars.
func (s Store) Append(l Load) float64 { return s.Units(l) / float64(l.Events) * Write.Million }

// Projecting says how events are folded.
type Projecting struct {
	Batch  int     // records in an invocation of the project function
	Keys   int     // different keys among them
	Millis float64 // that an invocation takes
	GB     float64 // of memory
}

// Projected is what a million events cost to fold into a view with one row of at most 1 KB for each key: what docs/costs.md counts.
func (p Projecting) Projected(l Load) float64 {
	perBatch := (1+float64(p.Keys))*Read.Million + float64(p.Keys)*Write.Million + Invoke.Million + p.Millis/1000*p.GB*Compute.Million
	return perBatch / float64(p.Batch*l.Events)
}

// Published is what a million events cost to publish.
func (p Projecting) Published(l Load) float64 {
	size := math.Ceil(float64(l.Bytes+500) / (64 * kilobyte))
	return size*Bus.Million + (Invoke.Million+p.Millis/1000*p.GB*Compute.Million)/float64(p.Batch*l.Events)
}

// Queried is what a million queries for a row cost, through the API that the template deploys.
func (p Projecting) Queried(millis float64) float64 {
	return Read.Million + REST.Million + Invoke.Million + millis/1000*p.GB*Compute.Million
}

// Redriven is what a million parked keys cost to redrive, apart from the folding: a message each is sent, received and deleted, by itself.
func Redriven() float64 { return 3 * Queue.Million }
