package dynamo

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

type item = map[string]types.AttributeValue

// Aeon's own attributes.
const (
	partition = "_pk"
	token     = "_token"    // fresh at every write
	revision  = "_revision" // the seen revision; absent where the item holds none
	deleted   = "_deleted"  // true: there is no row, the item only holds the seen revision
	parked    = "_parked"   // the mark: a map of revision, class, reason and since
	parkedIn  = "_parkedIn" // where the index of the marks has the item; absent where it has no mark
	skips     = "_skips"    // the events passed over: a list of maps of revision, reason and at
)

// These begin the partition of what isn't a row. No view's name has a "_".
const (
	seenPrefix = "_seen#"
	notePrefix = "_note#"
)

func partitionOf(id projector.ItemID) string {
	switch id.Kind {
	case projector.NoteItem:
		return notePrefix + id.View + "#" + id.ID
	case projector.SeenItem:
		return seenPrefix + versionPrefix(id.View, id.Version) + id.ID
	default:
		return versionPrefix(id.View, id.Version) + id.ID
	}
}

// versionPrefix begins the partitions of the rows of one version of a view.
func versionPrefix(view string, version int) string {
	return view + "#" + strconv.Itoa(version) + "#"
}

func keyOf(id projector.ItemID) item {
	return item{partition: &types.AttributeValueMemberS{Value: partitionOf(id)}}
}

func encode(id projector.ItemID, s projector.Stored) (item, error) {
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
	encodeRank(id, s, i)
	i[token] = &types.AttributeValueMemberS{Value: s.Token}
	if s.Seen > 0 {
		i[revision] = number(s.Seen)
	}
	if s.Parked != nil {
		i[parked] = &types.AttributeValueMemberM{Value: item{
			"revision": number(s.Parked.Revision),
			"class":    &types.AttributeValueMemberS{Value: s.Parked.Class},
			"reason":   &types.AttributeValueMemberS{Value: s.Parked.Reason},
			"since":    timestamp(s.Parked.Since),
		}}
		i[parkedIn] = parkedPartition(id)
	}
	if s.Skips != nil {
		i[skips] = encodeSkips(s.Skips)
	}
	return i, nil
}

func encodeSkips(passed []projector.Skip) types.AttributeValue {
	list := make([]types.AttributeValue, len(passed))
	for n, skip := range passed {
		list[n] = &types.AttributeValueMemberM{Value: item{
			"revision": number(skip.Revision),
			"reason":   &types.AttributeValueMemberS{Value: skip.Reason},
			"at":       timestamp(skip.At),
		}}
	}
	return &types.AttributeValueMemberL{Value: list}
}

func timestamp(t time.Time) types.AttributeValue {
	return &types.AttributeValueMemberS{Value: t.UTC().Format(time.RFC3339Nano)}
}

func number(r store.Revision) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatUint(uint64(r), 10)}
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

func decode(id projector.ItemID, i item) (projector.Stored, error) {
	damaged := func(problem string) (projector.Stored, error) {
		return projector.Stored{}, &store.DamagedError{Item: fmt.Sprintf("item %q of the views", partitionOf(id)), Problem: problem}
	}
	t, ok := i[token].(*types.AttributeValueMemberS)
	if !ok || t.Value == "" {
		return damaged(token + " is missing or not a string")
	}
	s := projector.Stored{Token: t.Value}
	var err error
	if i[revision] != nil {
		if s.Seen, err = decodeRevision(i[revision]); err != nil {
			return damaged(revision + " " + err.Error())
		}
	}
	if i[parked] != nil {
		if s.Parked, err = decodeParked(i[parked]); err != nil {
			return damaged(parked + " " + err.Error())
		}
	}
	if i[skips] != nil {
		if s.Skips, err = decodeSkips(i[skips]); err != nil {
			return damaged(skips + " " + err.Error())
		}
	}
	if s.Rank, err = decodeRank(i); err != nil {
		return damaged(err.Error())
	}
	if i[deleted] == nil {
		if s.Row, err = decodeRow(i); err != nil {
			return damaged(err.Error())
		}
	}
	return s, nil
}

func decodeRow(i item) (json.RawMessage, error) {
	fields := make(map[string]any, len(i))
	for name, value := range i {
		if strings.HasPrefix(name, "_") {
			continue
		}
		var err error
		if fields[name], err = toJSON(value); err != nil {
			return nil, fmt.Errorf("attribute %q %w", name, err)
		}
	}
	return json.Marshal(fields)
}

func decodeRevision(value types.AttributeValue) (store.Revision, error) {
	n, ok := value.(*types.AttributeValueMemberN)
	if !ok {
		return 0, errors.New("is not a number")
	}
	r, err := strconv.ParseUint(n.Value, 10, 53)
	if err != nil {
		return 0, fmt.Errorf("is %s, not a revision", n.Value)
	}
	return store.Revision(r), nil
}

func decodeParked(value types.AttributeValue) (*projector.Parked, error) {
	m, ok := value.(*types.AttributeValueMemberM)
	if !ok {
		return nil, errors.New("is not a map")
	}
	r, err := decodeRevision(m.Value["revision"])
	if err != nil {
		return nil, fmt.Errorf("revision %w", err)
	}
	since, err := time.Parse(time.RFC3339Nano, text(m.Value["since"]))
	if err != nil {
		return nil, errors.New("since is not a time")
	}
	return &projector.Parked{Revision: r, Class: text(m.Value["class"]), Reason: text(m.Value["reason"]), Since: since}, nil
}

func decodeSkips(value types.AttributeValue) ([]projector.Skip, error) {
	list, ok := value.(*types.AttributeValueMemberL)
	if !ok {
		return nil, errors.New("is not a list")
	}
	passed := make([]projector.Skip, len(list.Value))
	for n, element := range list.Value {
		m, ok := element.(*types.AttributeValueMemberM)
		if !ok {
			return nil, errors.New("holds what is not a map")
		}
		r, err := decodeRevision(m.Value["revision"])
		if err != nil {
			return nil, fmt.Errorf("revision %w", err)
		}
		at, err := time.Parse(time.RFC3339Nano, text(m.Value["at"]))
		if err != nil {
			return nil, errors.New("at is not a time")
		}
		passed[n] = projector.Skip{Revision: r, Reason: text(m.Value["reason"]), At: at}
	}
	return passed, nil
}

// text is a string's text, empty for anything else.
func text(value types.AttributeValue) string {
	if s, ok := value.(*types.AttributeValueMemberS); ok {
		return s.Value
	}
	return ""
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
