package dynamo

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

type item = map[string]types.AttributeValue

// Aeon's own attributes.
const (
	partition = "_pk"
	revision  = "_revision" // the seen revision
	deleted   = "_deleted"  // true: there is no row, the item only holds the seen revision
)

func keyOf(id projector.RowID) item {
	return item{partition: &types.AttributeValueMemberS{Value: id.View + "#" + strconv.Itoa(id.Version) + "#" + id.ID}}
}

func encode(id projector.RowID, s projector.Stored) (item, error) {
	i := keyOf(id)
	if s.Row == nil {
		i[deleted] = &types.AttributeValueMemberBOOL{Value: true}
	} else {
		d := json.NewDecoder(bytes.NewReader(s.Row))
		d.UseNumber()
		var fields map[string]any
		if err := d.Decode(&fields); err != nil {
			return nil, fmt.Errorf("row %q of view %q is no JSON object: %w", id.ID, id.View, err)
		}
		for name, value := range fields {
			i[name] = fromJSON(value)
		}
	}
	i[revision] = number(s.Seen)
	return i, nil
}

// fromJSON is the attribute for a value as encoding/json decodes it, numbers as json.Number.
func fromJSON(value any) types.AttributeValue {
	switch v := value.(type) {
	case bool:
		return &types.AttributeValueMemberBOOL{Value: v}
	case json.Number:
		return &types.AttributeValueMemberN{Value: v.String()}
	case string:
		return &types.AttributeValueMemberS{Value: v}
	case []any:
		list := make([]types.AttributeValue, len(v))
		for i, element := range v {
			list[i] = fromJSON(element)
		}
		return &types.AttributeValueMemberL{Value: list}
	case map[string]any:
		fields := make(item, len(v))
		for name, field := range v {
			fields[name] = fromJSON(field)
		}
		return &types.AttributeValueMemberM{Value: fields}
	default:
		return &types.AttributeValueMemberNULL{Value: true}
	}
}

func decode(id projector.RowID, i item) (projector.Stored, error) {
	damaged := func(problem string) (projector.Stored, error) {
		return projector.Stored{}, &store.DamagedError{Item: fmt.Sprintf("row %q of view %q version %d", id.ID, id.View, id.Version), Problem: problem}
	}
	n, ok := i[revision].(*types.AttributeValueMemberN)
	if !ok {
		return damaged(revision + " is missing or not a number")
	}
	seen, err := strconv.ParseUint(n.Value, 10, 53)
	if err != nil {
		return damaged(fmt.Sprintf("%s is %s, not a revision", revision, n.Value))
	}
	s := projector.Stored{Seen: store.Revision(seen)}
	if i[deleted] != nil {
		return s, nil
	}
	fields := make(map[string]any, len(i))
	for name, value := range i {
		if strings.HasPrefix(name, "_") {
			continue
		}
		if fields[name], err = toJSON(value); err != nil {
			return damaged(fmt.Sprintf("attribute %q %v", name, err))
		}
	}
	if s.Row, err = json.Marshal(fields); err != nil {
		return damaged(err.Error())
	}
	return s, nil
}

// toJSON undoes fromJSON.
func toJSON(value types.AttributeValue) (any, error) {
	switch v := value.(type) {
	case *types.AttributeValueMemberBOOL:
		return v.Value, nil
	case *types.AttributeValueMemberN:
		return json.Number(v.Value), nil
	case *types.AttributeValueMemberS:
		return v.Value, nil
	case *types.AttributeValueMemberNULL:
		return nil, nil
	case *types.AttributeValueMemberL:
		list := make([]any, len(v.Value))
		for i, element := range v.Value {
			var err error
			if list[i], err = toJSON(element); err != nil {
				return nil, err
			}
		}
		return list, nil
	case *types.AttributeValueMemberM:
		fields := make(map[string]any, len(v.Value))
		for name, field := range v.Value {
			var err error
			if fields[name], err = toJSON(field); err != nil {
				return nil, err
			}
		}
		return fields, nil
	}
	return nil, fmt.Errorf("has a type that JSON doesn't: %T", value)
}
