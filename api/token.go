package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
)

// Tokens for the next page hold what was asked for and where to go on, as JSON in base64. Each kind of them names its version and
// what it belongs to in fields that no other kind has.

const tokenVersion = 1

// errToken says that a token was made up, or comes from another version.
var errToken = invalidf("next", "is not a token that was given out here")

func encodeToken(token any) (string, error) {
	text, err := encode(token)
	return base64.RawURLEncoding.EncodeToString(text), err
}

// decodeToken reads a token, which may be anything. What is in it is left to check.
func decodeToken[T any](s string) (t T, err error) {
	text, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil {
		return t, errToken
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&t); err != nil || !atEnd(d) {
		return t, errToken
	}
	return t, nil
}

func atEnd(d *json.Decoder) bool {
	_, err := d.Token()
	return err == io.EOF
}

// fingerprint stands for a key or a view in a token.
func fingerprint(name string) string {
	sum := sha256.Sum256([]byte(name))
	return fmt.Sprintf("%x", sum[:8])
}
