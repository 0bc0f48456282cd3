package publish

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"iter"
	"log/slog"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"

	"github.com/aeon-es/aeon/store"
)

// DefaultSource is the source of entries, unless said otherwise.
const DefaultSource = "aeon"

// maxSource is the longest source there can be.
const maxSource = 256

// Options are the settings of a [Publisher]. The zero value, like nil, means the defaults.
type Options struct {
	// Source is the entries' source, which rules match on; [DefaultSource] if empty. It can't begin with "aws.".
	Source string
	// Log gets a line for what was tried again and what was left out; [slog.Default] if nil. Never data.
	Log *slog.Logger
}

// Publisher publishes events to one bus. Make it with [New]; safe for concurrent use.
type Publisher struct {
	client *eventbridge.Client
	bus    string
	source string
	log    *slog.Logger

	mu    sync.Mutex
	stats Stats
}

// New makes a publisher to the bus of that name or ARN. It tries again by itself what failed: what the client is set to do
// about that makes no difference.
//
// Errors: a [*store.InvalidError] for a bus or source that can't be.
func New(client *eventbridge.Client, bus string, o *Options) (*Publisher, error) {
	p := &Publisher{client: client, bus: bus, source: DefaultSource, log: slog.Default()}
	if o != nil && o.Source != "" {
		p.source = o.Source
	}
	if o != nil && o.Log != nil {
		p.log = o.Log
	}
	switch {
	case bus == "":
		return nil, &store.InvalidError{Field: "bus", Problem: "is empty, it needs the name or the ARN of an event bus"}
	case strings.TrimSpace(p.source) == "" || len(p.source) > maxSource:
		return nil, &store.InvalidError{Field: "source", Problem: fmt.Sprintf("%q is not 1 to %d bytes of text", p.source, maxSource)}
	case strings.HasPrefix(strings.ToLower(p.source), "aws."):
		return nil, &store.InvalidError{Field: "source", Problem: fmt.Sprintf("%q begins with \"aws.\", which is for AWS alone", p.source)}
	}
	return p, nil
}

// piece is some events of one key that count as published together. Where its events can't be had, they end with an error.
type piece struct {
	key    string
	events iter.Seq2[store.Committed, error]
}

// lanes is how many requests are under way at once. All events of a key go through the same one.
const lanes = 4

// publish publishes all pieces, each key's in order, and tells published, if that isn't nil, of each event that EventBridge
// took; it must be safe for concurrent use. Where something fails, or ctx ends, it answers the first piece that isn't
// known to be published, and why. Those behind it may be, too.
func (p *Publisher) publish(ctx context.Context, pieces []piece, published func(store.Position)) (done Stats, first int, err error) {
	var (
		all sync.WaitGroup
		ls  [lanes]lane
	)
	for i := range ls {
		ls[i] = lane{publisher: p, pieces: pieces, published: published}
	}
	for i, piece := range pieces {
		l := &ls[laneOf(piece.key)]
		l.mine = append(l.mine, i)
	}
	for i := range ls {
		all.Go(func() { ls[i].run(ctx) })
	}
	all.Wait()
	first = len(pieces)
	var causes []error
	for i := range ls {
		done.add(ls[i].done)
		if ls[i].err != nil {
			first = min(first, ls[i].failed)
			causes = append(causes, ls[i].err)
		}
	}
	p.count(done)
	return done, first, errors.Join(causes...)
}

func laneOf(key string) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(key)) // never fails
	return int(h.Sum32() % lanes)
}
