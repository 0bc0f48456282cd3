package dev

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// A request has its time, and no more.
func TestWithin(t *testing.T) {
	t.Parallel()
	called := false
	h := within(time.Hour, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		called = true
		if ends, ok := r.Context().Deadline(); !ok || time.Until(ends) > time.Hour {
			t.Errorf("it may take until %v", ends)
		}
	}))
	if h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", http.NoBody)); !called {
		t.Error("it was not called")
	}
	ended := within(0, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	ended.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", http.NoBody))
}
