package cli

import (
	"context"
	"io"
)

// interruptible is an input that nobody waits for any more once its context ends: reading from a terminal or a pipe can't be broken
// off itself.
type interruptible struct {
	ctx  context.Context //nolint:containedctx // it lives as long as the process
	from io.Reader
}

// Read implements [io.Reader].
func (i interruptible) Read(b []byte) (int, error) {
	type result struct {
		n   int
		err error
	}
	own := make([]byte, len(b)) // a read that is left alone may still write to it
	done := make(chan result, 1)
	go func() {
		n, err := i.from.Read(own)
		done <- result{n, err}
	}()
	select {
	case r := <-done:
		return copy(b, own[:r.n]), r.err
	case <-i.ctx.Done():
		return 0, i.ctx.Err()
	}
}
