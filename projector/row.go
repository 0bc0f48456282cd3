package projector

import (
	"encoding/json"
	"math/big"
	"strings"
)

// What a row may be, on every backend: what fits one item of DynamoDB.
const (
	// MaxRow is the largest row, in bytes of its JSON and as DynamoDB counts them. Aeon's own attributes need the rest of the
	// 400 KB.
	MaxRow = 390 * 1024
	// MaxDepth is how deep objects and lists may be nested.
	MaxDepth = 31
	// maxDigits and the exponents bound a number: DynamoDB keeps 38 digits, from 1e-130 to below 1e126.
	maxDigits   = 38
	minExponent = -130
	maxExponent = 125
)

// decodeRow reads a stored row; nil if there is none.
func decodeRow[Row any](stored json.RawMessage) (_ *Row, err error) {
	defer recoverInto(&err) // of the row type's own code
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
func encodeRow[Row any](row *Row) (_ json.RawMessage, err error) {
	defer recoverInto(&err) // of the row type's own code
	if row == nil {
		return nil, nil
	}
	encoded, err := json.Marshal(row)
	if err != nil {
		return nil, rowErrorf("%v", err)
	}
	if err := validateRow(encoded); err != nil {
		return nil, err
	}
	if err := validateSize(encoded); err != nil {
		return nil, err
	}
	return encoded, nil
}

// validateRow looks at each part of an encoded row. That it is JSON has been seen to by encoding it, so that finding the parts is
// all there is to do, many times as fast as decoding it.
func validateRow(encoded []byte) error {
	if len(encoded) == 0 || encoded[0] != '{' {
		return rowErrorf("it isn't a JSON object")
	}
	depth := 0
	for at := 0; at < len(encoded); at++ {
		switch c := encoded[at]; c {
		case '{', '[':
			if depth++; depth > MaxDepth {
				return rowErrorf("it is nested deeper than %d", MaxDepth)
			}
		case '}', ']':
			depth--
		case '"':
			end := endOfString(encoded, at)
			if depth == 1 && end < len(encoded) && encoded[end] == ':' {
				if err := validateName(encoded[at:end]); err != nil {
					return err
				}
			}
			at = end - 1
		case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
			end := at + 1
			for end < len(encoded) && strings.IndexByte("0123456789.eE+-", encoded[end]) >= 0 {
				end++
			}
			if err := validateNumber(string(encoded[at:end])); err != nil {
				return err
			}
			at = end - 1
		}
	}
	return nil
}

// endOfString is behind the string that begins at start.
func endOfString(encoded []byte, start int) int {
	for at := start + 1; at < len(encoded); at++ {
		switch encoded[at] {
		case '\\':
			at++
		case '"':
			return at + 1
		}
	}
	return len(encoded)
}

// validateName looks at the name of a field of the row, in quotes.
func validateName(quoted []byte) error {
	if quoted[1] != '"' && quoted[1] != '_' && quoted[1] != '\\' {
		return nil
	}
	var name string
	if err := json.Unmarshal(quoted, &name); err != nil {
		return rowErrorf("%v", err)
	}
	if name == "" || name[0] == '_' {
		return rowErrorf("field %q: names that begin with \"_\" are Aeon's own, and none may be empty", name)
	}
	return nil
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
