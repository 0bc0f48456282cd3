package projector

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"strings"
)

// What a row may be, on every backend: what fits one item of DynamoDB.
const (
	// MaxRow is the largest row, in bytes of its JSON. Aeon's own attributes need the rest of the 400 KB.
	MaxRow = 390 * 1024
	// MaxDepth is how deep objects and lists may be nested.
	MaxDepth = 31
	// maxDigits and the exponents bound a number: DynamoDB keeps 38 digits, from 1e-130 to below 1e126.
	maxDigits   = 38
	minExponent = -130
	maxExponent = 125
)

// decodeRow reads a stored row; nil if there is none.
func decodeRow[Row any](stored json.RawMessage) (*Row, error) {
	if stored == nil {
		return nil, nil
	}
	row := new(Row)
	if err := json.Unmarshal(stored, row); err != nil {
		return nil, rowErrorf("what is stored doesn't fit the view's row type (raise the view's version?): %v", err)
	}
	return row, nil
}

// encodeRow writes a row as it is stored, nil if there is none, and makes sure that every backend can keep it.
func encodeRow[Row any](row *Row) (json.RawMessage, error) {
	if row == nil {
		return nil, nil
	}
	encoded, err := json.Marshal(row)
	if err != nil {
		return nil, rowErrorf("%v", err)
	}
	if len(encoded) > MaxRow {
		return nil, rowErrorf("it is %d bytes, the limit is %d", len(encoded), MaxRow)
	}
	if err := validateRow(encoded); err != nil {
		return nil, err
	}
	return encoded, nil
}

// validateRow looks at each token of an encoded row.
func validateRow(encoded []byte) error {
	if len(encoded) == 0 || encoded[0] != '{' {
		return rowErrorf("it isn't a JSON object")
	}
	d := json.NewDecoder(bytes.NewReader(encoded))
	d.UseNumber()
	depth, name := 0, false // name: at the top level, the next string is a field's name
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return rowErrorf("%v", err)
		}
		top := depth == 1
		switch t := token.(type) {
		case json.Delim:
			if t == '{' || t == '[' {
				depth++
			} else {
				depth--
			}
			if depth > MaxDepth {
				return rowErrorf("it is nested deeper than %d", MaxDepth)
			}
			name = depth == 1
			continue
		case json.Number:
			if err := validateNumber(t.String()); err != nil {
				return err
			}
		case string:
			if top && name && (t == "" || strings.HasPrefix(t, "_")) {
				return rowErrorf("field %q: names that begin with \"_\" are Aeon's own, and none may be empty", t)
			}
		}
		if top {
			name = !name
		}
	}
}

func validateNumber(s string) error {
	if len(s) <= maxDigits && !strings.ContainsAny(s, "eE") {
		return nil // as nearly all are: no more digits than there may be, and none far from the point
	}
	n, _, err := big.ParseFloat(s, 10, 256, big.ToNearestEven)
	if err != nil {
		return rowErrorf("number %s: %v", s, err)
	}
	if n.Sign() == 0 {
		return nil
	}
	mantissa, _, _ := strings.Cut(strings.ToLower(strings.TrimLeft(s, "-")), "e")
	digits := strings.Trim(strings.Replace(mantissa, ".", "", 1), "0")
	_, exponent, _ := strings.Cut(n.Text('e', maxDigits), "e")
	e, ok := new(big.Int).SetString(strings.TrimPrefix(exponent, "+"), 10)
	if len(digits) > maxDigits || !ok || e.Cmp(big.NewInt(minExponent)) < 0 || e.Cmp(big.NewInt(maxExponent)) > 0 {
		return rowErrorf("number %s is outside what DynamoDB keeps: %d digits, 1e%d to below 1e%d", s, maxDigits, minExponent, maxExponent+1)
	}
	return nil
}
