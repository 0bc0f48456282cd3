package counting

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/aeon-es/aeon/internal/testenv/recorder"
)

// tables knows the indexes of tables.
type tables struct {
	client *dynamodb.Client
	mu     sync.Mutex
	known  map[string]*table
}

type table struct {
	key     []string
	indexes []index
}

// index is a secondary index: an item is in it that has all of its key.
type index struct {
	key      []string
	keysOnly bool
}

// units are what AWS bills for a request. DynamoDB Local reports single writes and reads rightly, transactions and refused writes not:
// those are counted by the rules that AWS has published. A refused write costs what it would have cost on the table, at least 1.
func (t *tables) units(ctx context.Context, r *recorder.Request) (write, read float64, err error) {
	switch {
	case r.Operation == "TransactWriteItems":
		write, err = t.transaction(ctx, r)
		return write, 0, err
	case r.Operation == "PutItem" && r.Status != http.StatusOK:
		var sent struct{ Item recorder.Item }
		if err := json.Unmarshal(r.Body, &sent); err != nil {
			return 0, 0, err
		}
		return float64(sent.Item.Kilobytes()), 0, nil
	}
	for _, used := range r.Consumed {
		if strings.Contains(r.Operation, "Put") || strings.Contains(r.Operation, "Write") || strings.Contains(r.Operation, "Update") {
			write += used.Total
		} else {
			read += used.Total
		}
	}
	if r.Operation == "Query" && read == 0 { // the least that AWS bills
		read = 0.5
	}
	return write, read, nil
}

type transaction struct {
	TransactItems []struct {
		Put *struct {
			TableName string
			Item      recorder.Item
		}
		Update *struct {
			TableName string
			Key       map[string]map[string]string
		}
		ConditionCheck *struct{ TableName string }
	}
}

// transaction bills 2 units per KB of each item, and 1 per KB in each index; a refused one the same on the tables.
func (t *tables) transaction(ctx context.Context, r *recorder.Request) (units float64, err error) {
	var sent transaction
	if err := json.Unmarshal(r.Body, &sent); err != nil {
		return 0, err
	}
	for _, part := range sent.TransactItems {
		var name string
		item := recorder.Item{}
		switch {
		case part.Put != nil:
			name, item = part.Put.TableName, part.Put.Item
		case part.Update != nil:
			name = part.Update.TableName
			if item, err = t.item(ctx, name, part.Update.Key); err != nil {
				return 0, err
			}
		case part.ConditionCheck != nil:
			name = part.ConditionCheck.TableName
		}
		units += 2 * float64(item.Kilobytes())
		if r.Status != http.StatusOK {
			continue
		}
		in, err := t.indexed(ctx, name, item)
		if err != nil {
			return 0, err
		}
		units += in
	}
	return units, nil
}

// indexed is what an item costs in the indexes.
func (t *tables) indexed(ctx context.Context, name string, item recorder.Item) (units float64, err error) {
	described, err := t.describe(ctx, name)
	if err != nil {
		return 0, err
	}
	for _, index := range described.indexes {
		projected := recorder.Item{}
		for _, name := range append(index.key, described.key...) {
			if value, has := item[name]; has {
				projected[name] = value
			} else {
				projected = nil
				break
			}
		}
		switch {
		case projected == nil:
		case index.keysOnly:
			units += float64(projected.Kilobytes())
		default:
			units += float64(item.Kilobytes())
		}
	}
	return units, nil
}

// item reads an item as it is now: what an update left.
func (t *tables) item(ctx context.Context, name string, key map[string]map[string]string) (recorder.Item, error) {
	in := &dynamodb.GetItemInput{TableName: &name, Key: map[string]types.AttributeValue{}, ConsistentRead: aws.Bool(true)}
	for name, value := range key {
		if s, is := value["S"]; is {
			in.Key[name] = &types.AttributeValueMemberS{Value: s}
		} else {
			in.Key[name] = &types.AttributeValueMemberN{Value: value["N"]}
		}
	}
	out, err := t.client.GetItem(ctx, in)
	if err != nil {
		return nil, fmt.Errorf("read what an update left: %w", err)
	}
	return wire(out.Item), nil
}

// wire is an item as it goes over the wire, as far as its size needs it.
func wire(item map[string]types.AttributeValue) recorder.Item {
	written := map[string]any{}
	for name, value := range item {
		switch v := value.(type) {
		case *types.AttributeValueMemberS:
			written[name] = map[string]any{"S": v.Value}
		case *types.AttributeValueMemberN:
			written[name] = map[string]any{"N": v.Value}
		case *types.AttributeValueMemberB:
			written[name] = map[string]any{"B": v.Value}
		}
	}
	var read recorder.Item
	text, err := json.Marshal(written)
	if err == nil {
		err = json.Unmarshal(text, &read)
	}
	if err != nil {
		panic(err) // strings only
	}
	return read
}

func (t *tables) describe(ctx context.Context, name string) (*table, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if known := t.known[name]; known != nil {
		return known, nil
	}
	out, err := t.client.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &name})
	if err != nil {
		return nil, fmt.Errorf("describe table %q: %w", name, err)
	}
	described := &table{key: names(out.Table.KeySchema)}
	for _, i := range out.Table.GlobalSecondaryIndexes {
		described.indexes = append(described.indexes, index{
			key: names(i.KeySchema), keysOnly: i.Projection.ProjectionType == types.ProjectionTypeKeysOnly,
		})
	}
	t.known[name] = described
	return described, nil
}

func names(schema []types.KeySchemaElement) (names []string) {
	for _, element := range schema {
		names = append(names, *element.AttributeName)
	}
	return names
}
