package lambda

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// base is where the runtime API is, by its one version.
const base = "/2018-06-01/runtime"

// maxPayload is the most that an event or an answer may have: 6 MB.
const maxPayload = 6 << 20

// invocation is one that a sandbox is to handle.
type invocation struct {
	id       string
	payload  []byte
	deadline time.Time
	done     chan Result // what the runtime reports
}

// api serves the runtime API to one sandbox.
func (s *sandbox) api() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+base+"/invocation/next", s.next)
	mux.HandleFunc("POST "+base+"/invocation/{id}/response", s.response)
	mux.HandleFunc("POST "+base+"/invocation/{id}/error", s.failure)
	mux.HandleFunc("POST "+base+"/init/error", s.initFailure)
	return mux
}

// next tells the harness that the runtime is done with what it had, and answers with the next event once there is one.
func (s *sandbox) next(w http.ResponseWriter, r *http.Request) {
	select {
	case s.ready <- struct{}{}:
	case <-r.Context().Done():
		return
	}
	select {
	case in := <-s.work:
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Lambda-Runtime-Aws-Request-Id", in.id)
		w.Header().Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(in.deadline.UnixMilli(), 10))
		w.Header().Set("Lambda-Runtime-Invoked-Function-Arn", s.config.arn())
		w.Header().Set("Lambda-Runtime-Trace-Id", traceID())
		_, _ = w.Write(in.payload) // a runtime that died meanwhile is noticed by its end
	case <-r.Context().Done():
	}
}

func (s *sandbox) response(w http.ResponseWriter, r *http.Request) { s.report(w, r, Answered) }

func (s *sandbox) failure(w http.ResponseWriter, r *http.Request) { s.report(w, r, Failed) }

// report takes the end of the invocation at hand. Another's is refused.
func (s *sandbox) report(w http.ResponseWriter, r *http.Request, outcome Outcome) {
	payload, err := io.ReadAll(io.LimitReader(r.Body, maxPayload+1))
	if err != nil {
		return // it was killed in the middle of it
	}
	in := s.takeCurrent(r.PathValue("id"))
	switch {
	case in == nil:
		refuse(w, http.StatusBadRequest, "InvalidRequestID", "no invocation of that id is under way here")
	case len(payload) > maxPayload:
		refuse(w, http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", fmt.Sprintf("a response has %d bytes at most", maxPayload))
		in.done <- Result{Outcome: Failed, Payload: document(tooLargeError, in.id, "Response payload size exceeded maximum allowed payload size")}
	default:
		accept(w)
		in.done <- Result{Outcome: outcome, Payload: payload}
	}
}

// initFailure takes what kept the runtime from getting ready. It ends by itself.
func (s *sandbox) initFailure(w http.ResponseWriter, r *http.Request) {
	if payload, err := io.ReadAll(io.LimitReader(r.Body, maxPayload)); err == nil {
		s.mu.Lock()
		s.initError = payload
		s.mu.Unlock()
		accept(w)
	}
}

func accept(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusAccepted)
	_, _ = io.WriteString(w, `{"status":"OK"}`)
}

func refuse(w http.ResponseWriter, status int, kind, message string) {
	text, err := json.Marshal(map[string]string{"errorType": kind, "errorMessage": message})
	if err != nil {
		panic(err) // never: it is a map of text
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(text)
}

// traceID is one of X-Ray, not sampled.
func traceID() string {
	random := random(20)
	return fmt.Sprintf("Root=1-%08x-%s;Parent=%s;Sampled=0", time.Now().Unix(), random[:24], random[24:])
}

// requestID is a random UUID.
func requestID() string {
	r := random(16)
	return r[:8] + "-" + r[8:12] + "-4" + r[13:16] + "-a" + r[17:20] + "-" + r[20:]
}

func random(bytes int) string {
	b := make([]byte, bytes)
	_, _ = rand.Read(b) // it never fails
	return hex.EncodeToString(b)
}
