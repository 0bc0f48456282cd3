package projector

import (
	"bytes"
	"encoding/json"
	"strings"
)

// Sizes by DynamoDB's rules: a list or map adds 3 bytes and 1 for each element. A list in a list takes twice as much as its
// JSON, and nothing takes more than that.
const (
	containerSize = 3
	elementSize   = 1
	inflation     = 2
)

// validateSize says whether an encoded row fits one item, on every backend.
func validateSize(encoded []byte) error {
	switch {
	case len(encoded) > MaxRow:
		return rowErrorf("it is %d bytes, the limit is %d", len(encoded), MaxRow)
	case len(encoded) <= MaxRow/inflation:
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(encoded))
	d.UseNumber()
	var row map[string]any
	if err := d.Decode(&row); err != nil {
		return rowErrorf("%v", err)
	}
	if size := valueSize(row) - containerSize; size > MaxRow {
		return rowErrorf("it is %d bytes as DynamoDB counts them, the limit is %d", size, MaxRow)
	}
	return nil
}

// valueSize is the size of a value as encoding/json decodes it, numbers as json.Number; a little more for some numbers.
func valueSize(value any) int {
	switch v := value.(type) {
	case string:
		return len(v)
	case json.Number:
		digits, sign := strings.CutPrefix(v.String(), "-")
		size := 1 + (len(digits)+1)/2
		if sign {
			size++
		}
		return size
	case []any:
		size := containerSize
		for _, element := range v {
			size += elementSize + valueSize(element)
		}
		return size
	case map[string]any:
		size := containerSize
		for name, field := range v {
			size += elementSize + len(name) + valueSize(field)
		}
		return size
	}
	return 1
}
