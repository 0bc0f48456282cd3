package projectortest

import (
	"encoding/json"
	"math/big"
)

// exactNumbers puts each number of a decoded document into one form, every digit kept.
func exactNumbers(value any) any {
	switch v := value.(type) {
	case json.Number:
		if n, ok := new(big.Rat).SetString(v.String()); ok {
			return n.RatString()
		}
		return v
	case []any:
		for i := range v {
			v[i] = exactNumbers(v[i])
		}
	case map[string]any:
		for name := range v {
			v[name] = exactNumbers(v[name])
		}
	}
	return value
}
