package api

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// problem is the body of an error's answer, by RFC 9457.
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	// RequestID is by what the log and X-Request-Id know the request.
	RequestID string `json:"requestId"`

	Field    string          `json:"field,omitempty"`
	Key      string          `json:"key,omitempty"`
	Expected *store.Revision `json:"expected,omitempty"`
	Actual   *store.Revision `json:"actual,omitempty"`
	Revision *store.Revision `json:"revision,omitempty"`
	Size     int             `json:"size,omitempty"`
	Limit    int             `json:"limit,omitempty"`
	Class    string          `json:"class,omitempty"`
	Current  *store.Revision `json:"current,omitempty"`
}

func problemAnswer(err error, requestID string) *answer {
	c := classOf(err)
	p := problem{Type: c.kind, Title: c.title, Status: c.status, Detail: c.detail, RequestID: requestID}
	p.facts(err)
	if p.Detail == "" {
		p.Detail = err.Error()
	}
	body, failure := encode(p)
	if failure != nil {
		panic(failure) // strings and numbers can be encoded
	}
	ans := bodyAnswer(c.status, "application/problem+json", append(body, '\n'))
	if c.retry {
		ans.header.Set("Retry-After", strconv.Itoa(retryAfter))
	}
	if errors.Is(err, errMediaType) {
		ans.header.Set("Accept", documentType)
		ans.header.Set("Accept-Encoding", "identity")
	}
	if m, ok := errors.AsType[*methodError](err); ok {
		ans.header.Set("Allow", strings.Join(m.allowed, ", "))
	}
	return ans
}

// facts takes from err what the caller can use, and its words without those that were wrapped around them.
func (p *problem) facts(err error) {
	if e, ok := errors.AsType[*store.UnknownOutcomeError](err); ok {
		p.Key, p.Revision = e.Key, &e.Revision
		return // what it wraps tells nothing to the caller
	}
	if e, ok := errors.AsType[*store.InvalidError](err); ok {
		p.Field, p.Detail = e.Field, e.Error()
	}
	if e, ok := errors.AsType[*store.ConflictError](err); ok {
		p.Key, p.Actual, p.Detail = e.Key, &e.Actual, e.Error()
		if expected, ok := e.Expected.Revision(); ok {
			p.Expected = &expected
		}
	}
	if e, ok := errors.AsType[*store.TooLargeError](err); ok {
		p.Key, p.Size, p.Limit, p.Detail = e.Key, e.Size, e.Limit, e.Error()
	}
	if e, ok := errors.AsType[*store.IdempotencyKeyReusedError](err); ok {
		p.Key, p.Revision, p.Detail = e.Key, &e.Revision, e.Error()
	}
	if e, ok := errors.AsType[*projector.ParkedError](err); ok { // its words don't repeat the reason, which may tell too much
		p.Key, p.Revision, p.Class, p.Current, p.Detail = e.Key, &e.Revision, e.Class, &e.Seen, e.Error()
	}
	if errors.Is(err, errBodyTooLarge) {
		p.Limit = maxBody
	}
}

// methodError says that a path is not for this method.
type methodError struct {
	method  string
	allowed []string
}

// Error names the methods.
func (e *methodError) Error() string {
	return fmt.Sprintf("%s is not allowed here, but %s", e.method, strings.Join(e.allowed, ", "))
}

// Is matches errMethod.
func (e *methodError) Is(target error) bool { return target == errMethod }

func invalidf(field, format string, args ...any) error {
	return &store.InvalidError{Field: field, Problem: fmt.Sprintf(format, args...)}
}
