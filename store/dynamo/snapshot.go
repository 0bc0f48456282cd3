package dynamo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/aeon-es/aeon/internal/dynamotable"
	"github.com/aeon-es/aeon/store"
)

var _ store.SnapshotBackend = (*Backend)(nil)

// snapshotPrefix sets the partitions of snapshots apart from what else is in the metadata table.
const snapshotPrefix = "snapshot#"

func snapshotKey(key, name string) item {
	return item{"pk": stringValue(snapshotPrefix + key), "sk": stringValue(name)}
}

// Snapshot implements [store.SnapshotBackend].
func (b *Backend) Snapshot(ctx context.Context, key, name string) (*store.Snapshot, error) {
	out, err := b.client.GetItem(ctx, &dynamodb.GetItemInput{TableName: &b.tables.Metadata, Key: snapshotKey(key, name)})
	if err != nil {
		return nil, dynamotable.Classify(b.tables.Metadata, err)
	}
	if len(out.Item) == 0 {
		return nil, nil
	}
	return decodeSnapshot(out.Item, key, name)
}

func encodeSnapshot(s *store.Snapshot) item {
	i := snapshotKey(s.Key, s.Name)
	i["schema"], i["revision"], i["state"] = numberValue(s.Schema), numberValue(s.Revision), stringValue(string(s.State))
	return i
}

func decodeSnapshot(i item, key, name string) (*store.Snapshot, error) {
	d := decoder{item: fmt.Sprintf("snapshot %q of key %q", name, key)}
	return &store.Snapshot{
		Key: key, Name: name, Schema: int(d.number(i, "schema")),
		Revision: store.Revision(d.number(i, "revision")), State: json.RawMessage(d.text(i, "state")),
	}, d.err
}

// PutSnapshot implements [store.SnapshotBackend].
func (b *Backend) PutSnapshot(ctx context.Context, s *store.Snapshot) error {
	i := encodeSnapshot(s)
	_, err := b.client.PutItem(ctx, &dynamodb.PutItemInput{
		TableName:                &b.tables.Metadata,
		Item:                     i,
		ConditionExpression:      aws.String("attribute_not_exists(pk) OR #schema < :schema OR (#schema = :schema AND revision < :revision)"),
		ExpressionAttributeNames: map[string]string{"#schema": "schema"},
		ExpressionAttributeValues: item{
			":schema": i["schema"], ":revision": i["revision"],
		},
	})
	var newer *types.ConditionalCheckFailedException
	if errors.As(err, &newer) {
		return nil
	}
	return dynamotable.Classify(b.tables.Metadata, err)
}
