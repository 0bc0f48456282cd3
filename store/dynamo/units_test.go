package dynamo_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/aeon-es/aeon/internal/testenv/recorder"
)

// wireItem is an item as it goes over the wire.
type wireItem map[string]wireValue

type wireValue struct {
	S, N *string
	M    wireItem
	L    []wireValue
}

// size is that of an item by the rules of DynamoDB's developer guide: names and values, numbers by their digits, and
// what lists and maps take besides.
func (i wireItem) size() (n int) {
	for name, value := range i {
		n += len(name) + value.size()
	}
	return n
}

func (v wireValue) size() int {
	const container, element = 3, 1
	switch {
	case v.S != nil:
		return len(*v.S)
	case v.N != nil:
		return (len(*v.N)+1)/2 + 1
	case v.M != nil:
		return container + element*len(v.M) + v.M.size()
	}
	n := container + element*len(v.L)
	for _, e := range v.L {
		n += e.size()
	}
	return n
}

func (i wireItem) kilobytes() int {
	const kilobyte = 1024
	return max(1, (i.size()+kilobyte-1)/kilobyte)
}

// units of a write are 1 per KB begun, times, and 1 per KB on the index if the item has a place there.
func (i wireItem) units(times int) string {
	text := fmt.Sprint(times * i.kilobytes())
	if _, indexed := i["slice"]; indexed {
		text += fmt.Sprintf("+%d", i.kilobytes())
	}
	return text
}

// transactionUnits are those of the puts of a transaction, one after the other.
func transactionUnits(t *testing.T, body []byte) string {
	t.Helper()
	var sent struct {
		TransactItems []struct{ Put struct{ Item wireItem } }
	}
	if err := json.Unmarshal(body, &sent); err != nil {
		t.Fatal(err)
	}
	text := ""
	for i, put := range sent.TransactItems {
		if i > 0 {
			text += " "
		}
		text += put.Put.Item.units(2)
	}
	return text
}

// plainUnits are those of a plain put, empty for any other request.
func plainUnits(t *testing.T, r *recorder.Request) string {
	t.Helper()
	var sent struct{ Item wireItem }
	if err := json.Unmarshal(r.Body, &sent); err != nil {
		t.Fatal(err)
	}
	if r.Operation != "PutItem" {
		return ""
	}
	return sent.Item.units(1)
}
