package recorder

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// readBody finds the tables in the request's body: the TableName of the request itself, those of the
// parts of a transaction, and the keys of a batch.
func (r *Request) readBody() error {
	if len(r.Body) == 0 {
		return nil
	}
	var body struct {
		TableName     string
		RequestItems  map[string]json.RawMessage
		TransactItems []map[string]struct{ TableName string }
	}
	if err := json.Unmarshal(r.Body, &body); err != nil {
		return fmt.Errorf("record a request: %s with a body that is not DynamoDB's JSON: %w", r.Operation, err)
	}
	names := map[string]bool{body.TableName: true}
	for table := range body.RequestItems {
		names[table] = true
	}
	for _, item := range body.TransactItems {
		for _, part := range item {
			names[part.TableName] = true
		}
	}
	delete(names, "")
	r.Tables = slices.Sorted(maps.Keys(names))
	return nil
}

// Capacity is what a request consumed on one table: write units for a write, read units for a read.
type Capacity struct {
	Table   string
	Total   float64            // the table and its indexes
	OnTable float64            // the table alone; 0 when only totals were asked for
	OnIndex map[string]float64 // by the name of the index
}

// askForCapacity adds ReturnConsumedCapacity to a request that can carry it and doesn't.
func askForCapacity(operation string, body []byte) []byte {
	measured := []string{
		"PutItem", "GetItem", "UpdateItem", "DeleteItem", "Query", "Scan",
		"BatchGetItem", "BatchWriteItem", "TransactGetItems", "TransactWriteItems",
	}
	var fields map[string]json.RawMessage
	if !slices.Contains(measured, operation) || json.Unmarshal(body, &fields) != nil {
		return body
	}
	if _, asked := fields["ReturnConsumedCapacity"]; asked {
		return body
	}
	fields["ReturnConsumedCapacity"] = json.RawMessage(`"INDEXES"`)
	asking, err := json.Marshal(fields)
	if err != nil {
		return body // cannot happen: the fields have just been read from JSON
	}
	return asking
}

type wireCapacity struct {
	TableName              string
	CapacityUnits          float64
	Table                  struct{ CapacityUnits float64 }
	GlobalSecondaryIndexes map[string]struct{ CapacityUnits float64 }
	LocalSecondaryIndexes  map[string]struct{ CapacityUnits float64 }
}

// consumed reads the capacity from an answer: one object, or a list where the request may touch many tables.
func consumed(response []byte) ([]Capacity, error) {
	var answer struct{ ConsumedCapacity json.RawMessage }
	// Not every answer is a JSON object (an error of a proxy, say): it then carries no capacity.
	if json.Unmarshal(response, &answer) != nil || len(answer.ConsumedCapacity) == 0 {
		return nil, nil //nolint:nilerr // the recorder records; what is wrong with an answer is for the client to say
	}
	list := answer.ConsumedCapacity
	if list[0] == '{' {
		list = slices.Concat([]byte{'['}, list, []byte{']'})
	}
	var wire []wireCapacity
	if err := json.Unmarshal(list, &wire); err != nil {
		return nil, fmt.Errorf("read ConsumedCapacity %s: %w", answer.ConsumedCapacity, err)
	}
	capacities := make([]Capacity, 0, len(wire))
	for _, w := range wire {
		capacities = append(capacities, w.capacity())
	}
	return capacities, nil
}

func (w wireCapacity) capacity() Capacity {
	c := Capacity{Table: w.TableName, Total: w.CapacityUnits, OnTable: w.Table.CapacityUnits, OnIndex: map[string]float64{}}
	for name, index := range w.GlobalSecondaryIndexes {
		c.OnIndex[name] = index.CapacityUnits
	}
	for name, index := range w.LocalSecondaryIndexes {
		c.OnIndex[name] = index.CapacityUnits
	}
	return c
}
