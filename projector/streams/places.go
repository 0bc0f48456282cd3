package streams

import (
	"context"
	"maps"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
)

// places keep, by shard, the last sequence number that is done with, or endOfShard. Those of all shards are one checkpoint.
type places struct {
	checkpoints Checkpoints // nil: none are kept
	name        string
}

// endOfShard is kept of a shard that is read to its end. No sequence number looks like it.
const endOfShard = "end"

// keepEvery is how often the place in a shard is kept at most.
const keepEvery = 2 * time.Second

// load reads the place in a shard.
func (p *places) load(ctx context.Context, shard string) (place, error) {
	if p.checkpoints == nil {
		return place{known: true}, nil
	}
	kept, err := p.checkpoints.Checkpoint(ctx, p.name)
	if err != nil {
		return place{}, err
	}
	at := place{known: true, kept: kept[shard], keptAt: time.Now()}
	if at.kept != "" {
		at.after = &at.kept
	}
	return at, nil
}

// save keeps the place in a shard.
func (p *places) save(ctx context.Context, shard, sequence string) error {
	if p.checkpoints == nil || sequence == "" {
		return nil
	}
	return p.checkpoints.SaveCheckpoint(ctx, p.name, func(kept map[string]string) map[string]string {
		kept = maps.Clone(kept)
		if kept == nil {
			kept = map[string]string{}
		}
		kept[shard] = sequence
		return kept
	})
}

// keep forgets the places in shards that the stream doesn't have any more.
func (p *places) keep(ctx context.Context, shards []types.Shard) error {
	if p.checkpoints == nil {
		return nil
	}
	there := map[string]bool{}
	for _, s := range shards {
		there[*s.ShardId] = true
	}
	gone := func(shard, _ string) bool { return !there[shard] }
	kept, err := p.checkpoints.Checkpoint(ctx, p.name)
	if err != nil {
		return err
	}
	before := len(kept)
	if maps.DeleteFunc(kept, gone); len(kept) == before {
		return nil
	}
	return p.checkpoints.SaveCheckpoint(ctx, p.name, func(kept map[string]string) map[string]string {
		kept = maps.Clone(kept)
		maps.DeleteFunc(kept, gone)
		return kept
	})
}

// keep keeps the place in a shard. Where that fails, some records come once more after the next start, which changes nothing.
func (p *Poller) keep(ctx context.Context, shard, sequence string) {
	if err := p.places.save(ctx, shard, sequence); err != nil && ctx.Err() == nil {
		p.log.Warn("can't keep how far the stream was read", "shard", shard, "error", err)
	}
}

// keepNowAndThen keeps the place in a shard, if it has moved and wasn't kept just before.
func (p *Poller) keepNowAndThen(ctx context.Context, shard string, at *place) {
	if at.sequence() == at.kept || time.Since(at.keptAt) < keepEvery {
		return
	}
	p.keep(ctx, shard, at.sequence())
	at.kept, at.keptAt = at.sequence(), time.Now()
}
