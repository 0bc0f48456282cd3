package dynamo_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/aeon-es/aeon/internal/testenv/recorder"
)

// units of a write are 1 per KB begun, times, and 1 per KB on the index if the item has a place there.
func units(i recorder.Item, times int) string {
	text := fmt.Sprint(times * i.Kilobytes())
	if _, indexed := i["slice"]; indexed {
		text += fmt.Sprintf("+%d", i.Kilobytes())
	}
	return text
}

// transactionUnits are those of the puts of a transaction, one after the other.
func transactionUnits(t *testing.T, body []byte) string {
	t.Helper()
	var sent struct {
		TransactItems []struct{ Put struct{ Item recorder.Item } }
	}
	if err := json.Unmarshal(body, &sent); err != nil {
		t.Fatal(err)
	}
	text := ""
	for i, put := range sent.TransactItems {
		if i > 0 {
			text += " "
		}
		text += units(put.Put.Item, 2)
	}
	return text
}

// plainUnits are those of a plain put, empty for any other request.
func plainUnits(t *testing.T, r *recorder.Request) string {
	t.Helper()
	var sent struct{ Item recorder.Item }
	if err := json.Unmarshal(r.Body, &sent); err != nil {
		t.Fatal(err)
	}
	if r.Operation != "PutItem" {
		return ""
	}
	return units(sent.Item, 1)
}
