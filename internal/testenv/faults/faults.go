// Package faults makes the way to a DynamoDB unreliable for tests: answers and requests get lost, come late or twice, and
// DynamoDB throttles, conflicts and breaks; the way to an EventBridge likewise. By chance, from a seed:
//
//	seed := faults.Seed(t)
//	unreliable := faults.New(transport, seed, faults.Odds{LoseAnswer: 0.05, Throttle: 0.1})
//	config.HTTPClient = &http.Client{Transport: unreliable}
package faults

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Transport is an [http.RoundTripper] with faults. Safe for concurrent use.
type Transport struct {
	next http.RoundTripper
	odds Odds
	late sync.WaitGroup

	mu     sync.Mutex
	rng    *rand.Rand
	counts map[string]int
}

// New puts faults before next. The same seed gives the same faults to the same sequence of requests.
func New(next http.RoundTripper, seed uint64, odds Odds) *Transport {
	return &Transport{next: next, odds: odds, rng: rand.New(rand.NewPCG(seed, seed)), counts: map[string]int{}}
}

// Land waits until all late requests have got there.
func (t *Transport) Land() { t.late.Wait() }

// Counts is how often each fault happened, by description.
func (t *Transport) Counts() map[string]int {
	t.mu.Lock()
	defer t.mu.Unlock()
	counts := map[string]int{}
	for f, n := range t.counts {
		counts[f] = n
	}
	return counts
}

// ErrReset is what a client sees of a connection that broke.
var ErrReset error = &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}

// RoundTrip sends a request on, and its answer back, or lets a fault befall it.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	operation := operation(req)
	body, err := readAll(req.Body)
	if err != nil {
		return nil, err
	}
	f, delay, lateBy := t.chance(operation)
	if !wait(req.Context(), delay) {
		return nil, req.Context().Err()
	}
	switch f {
	case loseRequest:
		return nil, ErrReset
	case loseAnswer:
		_ = t.sendOnly(req.Context(), req, body)
		return nil, ErrReset
	case late:
		ctx := context.WithoutCancel(req.Context())
		t.late.Go(func() {
			time.Sleep(lateBy)
			_ = t.sendOnly(ctx, req, body)
		})
		return nil, ErrReset
	case repeat:
		if err := t.sendOnly(req.Context(), req, body); err != nil {
			return nil, err
		}
	case throttle:
		return throttled(req, operation), nil
	case conflict:
		return conflicting(req, operation), nil
	case brokenLater:
		_ = t.sendOnly(req.Context(), req, body)
		return internalError(req), nil
	case partial:
		return t.sendPart(req, body)
	case broken:
		return internalError(req), nil
	case none:
	}
	return t.send(req.Context(), req, body)
}

func (t *Transport) send(ctx context.Context, req *http.Request, body []byte) (*http.Response, error) {
	return send(ctx, t.next, req, body)
}

// sendOnly throws the answer away.
func (t *Transport) sendOnly(ctx context.Context, req *http.Request, body []byte) error {
	return sendOnly(ctx, t.next, req, body)
}

func send(ctx context.Context, next http.RoundTripper, req *http.Request, body []byte) (*http.Response, error) {
	out := req.Clone(ctx)
	out.Body = io.NopCloser(bytes.NewReader(body))
	return next.RoundTrip(out)
}

func sendOnly(ctx context.Context, next http.RoundTripper, req *http.Request, body []byte) error {
	resp, err := send(ctx, next, req, body)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}

func readAll(body io.ReadCloser) ([]byte, error) {
	if body == nil {
		return nil, nil
	}
	read, err := io.ReadAll(body)
	return read, errors.Join(err, body.Close())
}

// wait says whether the context let the time pass.
func wait(ctx context.Context, d time.Duration) bool {
	if d == 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// operation takes "PutItem" from the header X-Amz-Target: DynamoDB_20120810.PutItem.
func operation(req *http.Request) string {
	_, name, _ := strings.Cut(req.Header.Get("X-Amz-Target"), ".")
	return name
}

func isWrite(operation string) bool {
	switch operation {
	case "PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "BatchWriteItem", // of DynamoDB
		"SendMessage", "SendMessageBatch", "PutEvents": // of SQS and EventBridge
		return true
	}
	return false
}
