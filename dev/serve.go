package dev

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"
)

// How long a client may take, and how long requests under way have when the server stops.
const (
	headerTimeout = 10 * time.Second
	readTimeout   = 60 * time.Second
	idleTimeout   = 2 * time.Minute
	stopTimeout   = 10 * time.Second
	// requestTimeout is how long the API has for one request: as behind an API Gateway, and longer than a query may wait.
	requestTimeout = 29 * time.Second
	// writeTimeout is how long a client may take for an answer, once it is there.
	writeTimeout = 60 * time.Second
	// maxHeader bounds a request's line and headers in bytes. A key is 3 KB at most as a URL has it, and a token of a page 14 KB.
	maxHeader = 64 << 10
)

// serve serves h until ctx ends, and then until the requests under way are answered.
func serve(ctx context.Context, l net.Listener, h http.Handler) error {
	s := &http.Server{
		Handler: h, ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
	}
	failed := make(chan error, 1)
	go func() { failed <- s.Serve(l) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	err := s.Shutdown(stopping)
	if e := <-failed; err == nil && !errors.Is(e, http.ErrServerClosed) {
		err = e
	}
	return err
}

// within has h answer within a time, and the client take the answer.
func within(limit time.Duration, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), limit)
		defer cancel()
		connection := http.NewResponseController(w)
		_ = connection.SetWriteDeadline(time.Now().Add(limit + writeTimeout)) // what has none, such as a recorder, needs none
		h.ServeHTTP(w, r.WithContext(ctx))
		_ = connection.SetWriteDeadline(time.Time{}) // what comes next on this connection may be somebody else's
	})
}
