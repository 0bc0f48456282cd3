package dynamo

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/aeon-es/aeon/internal/dynamotable"
	"github.com/aeon-es/aeon/store"
)

// keyPlace is where a Scan goes on: the last item it has read, whatever it is.
type keyPlace struct {
	Key      string      `json:"key"`
	Revision json.Number `json:"revision"`
}

// Keys implements [store.Backend]: one consistent Scan of 1 MB of the table, which costs 256 read units. The commits of a key
// follow one another, so that it comes once, or once more where a page ends in it.
func (b *Backend) Keys(ctx context.Context, q store.KeyQuery) (store.KeyPage, error) {
	in := &dynamodb.ScanInput{
		TableName:                &b.tables.Events,
		ConsistentRead:           aws.Bool(true),
		Segment:                  aws.Int32(int32(q.Segment)),
		TotalSegments:            aws.Int32(int32(q.Segments)),
		ProjectionExpression:     aws.String("#key, revision"),
		ExpressionAttributeNames: map[string]string{"#key": "key"},
	}
	if q.After != "" {
		text, err := base64.RawURLEncoding.DecodeString(q.After)
		var at keyPlace
		if err == nil {
			err = json.Unmarshal(text, &at)
		}
		if err != nil {
			return store.KeyPage{}, &store.InvalidError{Field: "after", Problem: "is not the end of a page"}
		}
		in.ExclusiveStartKey = item{"key": stringValue(at.Key), "revision": &types.AttributeValueMemberN{Value: at.Revision.String()}}
	}
	out, err := b.client.Scan(ctx, in)
	if err != nil {
		return store.KeyPage{}, dynamotable.Classify(b.tables.Events, err)
	}
	var page store.KeyPage
	for _, i := range out.Items {
		d := decoder{item: "a commit without a key"}
		key := d.text(i, "key")
		if d.err != nil {
			return store.KeyPage{}, d.err
		}
		if n := len(page.Keys); n == 0 || page.Keys[n-1] != key {
			page.Keys = append(page.Keys, key)
		}
	}
	if len(out.LastEvaluatedKey) > 0 {
		d := decoder{item: "the end of a page of keys"}
		at := keyPlace{Key: d.text(out.LastEvaluatedKey, "key")}
		if revision, ok := out.LastEvaluatedKey["revision"].(*types.AttributeValueMemberN); ok {
			at.Revision = json.Number(revision.Value)
		}
		text, err := json.Marshal(at)
		if err := errors.Join(d.err, err); err != nil {
			return store.KeyPage{}, err
		}
		page.Next = base64.RawURLEncoding.EncodeToString(text)
	}
	return page, nil
}
