package dynamo

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/aeon-es/aeon/internal/dynamotable"
	"github.com/aeon-es/aeon/store"
)

// format is the version of the stored format that this code writes.
const format = 1

const defaultSlices = 16

// MaxSlices is how many slices the index of positions can have.
const MaxSlices = 256

// settings are what a store was created with. They can't change: items written under others would be
// lost to some reader.
type settings struct {
	format int
	slices int // 0: without the index of positions
}

// Check makes sure that the tables are there and belong to a store with these settings, and records the
// settings where the store is new. An append sees to the settings by itself, once; call Check to learn at start of what is
// missing or doesn't fit.
func (b *Backend) Check(ctx context.Context) error {
	if _, err := b.settings(ctx); err != nil {
		return err
	}
	_, err := b.Commits(ctx, readsNothing)
	return err
}

// settings reads what the store was created with, or records it, once.
func (b *Backend) settings(ctx context.Context) (*settings, error) {
	return b.once(ctx, func() (*settings, error) {
		found, err := b.readSettings(ctx)
		if err == nil && found == nil {
			found, err = b.recordSettings(ctx)
		}
		return found, err
	})
}

// knownSettings is what the store was created with, nil if it is still to be.
func (b *Backend) knownSettings(ctx context.Context) (*settings, error) {
	return b.once(ctx, func() (*settings, error) { return b.readSettings(ctx) })
}

// once finds out the settings, one caller at a time, and makes sure of them, unless they are known.
func (b *Backend) once(ctx context.Context, find func() (*settings, error)) (*settings, error) {
	if known := b.recorded.Load(); known != nil {
		return known, nil
	}
	select {
	case b.asking <- struct{}{}:
		defer func() { <-b.asking }()
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for the store's settings: %w", ctx.Err())
	}
	if known := b.recorded.Load(); known != nil {
		return known, nil
	}
	found, err := find()
	if err != nil || found == nil {
		return nil, err
	}
	if err := b.accept(found); err != nil {
		return nil, err
	}
	b.recorded.Store(found)
	return found, nil
}

// accept refuses settings that this backend can't work with.
func (b *Backend) accept(found *settings) error {
	asked := b.wanted()
	switch {
	case found.format > format:
		return fmt.Errorf("%w: the store in table %q has format %d, this version knows up to %d: upgrade it",
			store.ErrUnavailable, b.tables.Events, found.format, format)
	case asked == nil || asked.slices == found.slices:
		return nil
	case asked.slices == 0 || found.slices == 0:
		return fmt.Errorf("%w: the store in table %q was created %s the index of positions: ask for that, or for nothing in particular",
			store.ErrUnavailable, b.tables.Events, map[bool]string{true: "without", false: "with"}[found.slices == 0])
	}
	return fmt.Errorf("%w: the store in table %q was created with %d slices, not %d: ask for %d, or for none in particular",
		store.ErrUnavailable, b.tables.Events, found.slices, asked.slices, found.slices)
}

// wanted is what the options ask for, nil if they leave it to what is recorded.
func (b *Backend) wanted() *settings {
	switch {
	case b.unindexed:
		return &settings{format: format}
	case b.slices != 0:
		return &settings{format: format, slices: b.slices}
	}
	return nil
}

var settingsKey = item{"pk": stringValue("settings"), "sk": stringValue("store")}

func (b *Backend) readSettings(ctx context.Context) (*settings, error) {
	out, err := b.client.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &b.tables.Metadata, Key: settingsKey, ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return nil, dynamotable.Classify(b.tables.Metadata, err)
	}
	if len(out.Item) == 0 {
		return nil, nil
	}
	return decodeSettings(out.Item)
}

// recordSettings creates the store; where another process did so first, its settings stand.
func (b *Backend) recordSettings(ctx context.Context) (*settings, error) {
	made := b.wanted()
	if made == nil {
		made = &settings{format: format, slices: defaultSlices}
	}
	_, err := b.client.PutItem(ctx, &dynamodb.PutItemInput{
		TableName:                           &b.tables.Metadata,
		Item:                                encodeSettings(made),
		ConditionExpression:                 aws.String("attribute_not_exists(pk)"),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	var refused *types.ConditionalCheckFailedException
	switch {
	case err == nil:
		return made, nil
	case errors.As(err, &refused):
		return decodeSettings(refused.Item)
	}
	return nil, dynamotable.Classify(b.tables.Metadata, err)
}

func encodeSettings(s *settings) item {
	return item{
		"pk": settingsKey["pk"], "sk": settingsKey["sk"], "format": numberValue(s.format), "slices": numberValue(s.slices),
	}
}

func decodeSettings(i item) (*settings, error) {
	d := decoder{item: "the store's settings"}
	s := &settings{format: int(d.number(i, "format")), slices: int(d.number(i, "slices"))}
	if d.err == nil && s.slices > MaxSlices {
		d.fail("slices", "is more than 256")
	}
	return s, d.err
}
