package dynamo

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/aeon-es/aeon/internal/dynamotable"
	"github.com/aeon-es/aeon/store"
)

// markerPrefix sets the partitions of markers apart from what else is in the metadata table.
const markerPrefix = "idempotency#"

func markerKey(key, idempotencyKey string) item {
	return item{"pk": stringValue(markerPrefix + key), "sk": stringValue(idempotencyKey)}
}

func encodeMarker(m *store.Marker) item {
	i := markerKey(m.Key, m.IdempotencyKey)
	i["revision"] = numberValue(m.Revision)
	i["count"] = numberValue(m.Count)
	i["position"] = stringValue(m.Position.String())
	i["committedAt"] = stringValue(m.CommittedAt.UTC().Format(timeLayout))
	i["appendId"] = stringValue(m.AppendID)
	i["fingerprint"] = stringValue(m.Fingerprint)
	if !m.Expires.IsZero() {
		i["expires"] = numberValue(m.Expires.Unix()) // the table's time to live
	}
	return i
}

func decodeMarker(i item) (*store.Marker, error) {
	d := decoder{item: "a marker of an idempotency key"}
	m := &store.Marker{Key: d.text(i, "pk"), IdempotencyKey: d.text(i, "sk")}
	if d.err == nil && len(m.Key) <= len(markerPrefix) {
		d.fail("pk", "is not that of a marker")
	}
	if d.err != nil {
		return nil, d.err
	}
	m.Key = m.Key[len(markerPrefix):]
	d.item = fmt.Sprintf("marker of idempotency key %q in key %q", m.IdempotencyKey, m.Key)
	m.Revision = store.Revision(d.number(i, "revision"))
	m.Count = int(d.number(i, "count"))
	m.Position = d.position(i)
	m.CommittedAt = d.time(i, "committedAt")
	m.AppendID = d.text(i, "appendId")
	m.Fingerprint = d.text(i, "fingerprint")
	if i["expires"] != nil {
		m.Expires = time.Unix(int64(d.number(i, "expires")), 0).UTC()
	}
	if d.err == nil && (m.Revision == 0 || m.Count == 0) {
		d.fail("revision or count", "is 0")
	}
	return m, d.err
}

// Marker implements [store.Backend].
func (b *Backend) Marker(ctx context.Context, key, idempotencyKey string) (*store.Marker, error) {
	out, err := b.client.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &b.tables.Metadata, Key: markerKey(key, idempotencyKey), ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return nil, dynamotable.Classify(b.tables.Metadata, err)
	}
	if len(out.Item) == 0 {
		return nil, nil
	}
	return decodeMarker(out.Item)
}
