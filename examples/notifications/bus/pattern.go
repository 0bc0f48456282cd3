package bus

import (
	"fmt"
	"slices"
	"strings"
)

// Pattern is an event pattern of EventBridge, of those that the example uses: values, and {prefix: …}.
type Pattern map[string]any

// check refuses what Matches doesn't know, rather than have it never match.
func (p Pattern) check() error {
	for name, want := range p {
		switch want := want.(type) {
		case map[string]any:
			if err := Pattern(want).check(); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		case []any:
			for _, w := range want {
				if _, _, err := alternative(w); err != nil {
					return fmt.Errorf("%s: %w", name, err)
				}
			}
		default:
			return fmt.Errorf("%s: %v is neither a list nor a pattern", name, want)
		}
	}
	return nil
}

// alternative is one of the things that a value may be: a text, or the beginning of one.
func alternative(want any) (text string, prefix bool, err error) {
	switch want := want.(type) {
	case string:
		return want, false, nil
	case map[string]any:
		if text, ok := want["prefix"].(string); ok && len(want) == 1 {
			return text, true, nil
		}
	}
	return "", false, fmt.Errorf("%v is neither a text nor {prefix: …}, which is all that is known here", want)
}

// Matches says whether an entry is one that the pattern lets pass.
func (p Pattern) Matches(entry map[string]any) bool {
	for name, want := range p {
		switch want := want.(type) {
		case map[string]any:
			inner, ok := entry[name].(map[string]any)
			if !ok || !Pattern(want).Matches(inner) {
				return false
			}
		case []any:
			value, ok := entry[name].(string)
			if !ok || !slices.ContainsFunc(want, func(w any) bool {
				text, prefix, _ := alternative(w) // it was checked
				return value == text || prefix && strings.HasPrefix(value, text)
			}) {
				return false
			}
		}
	}
	return true
}
