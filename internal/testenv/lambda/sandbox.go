package lambda

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aeon-es/aeon/internal/testenv/process"
)

// initLimit is how long a sandbox may take to ask for its first event.
const initLimit = 10 * time.Second

// sandboxes numbers them across all functions, so that an access key names one.
var sandboxes atomic.Int64

// sandbox is one execution environment: a process, and the runtime API that it talks to.
type sandbox struct {
	config  Config
	key     string
	process *process.Process
	server  *http.Server
	ready   chan struct{}    // received from: the runtime asks for an event
	work    chan *invocation // sent to: it gets one

	mu        sync.Mutex
	current   *invocation // what it is expected to report on
	initError []byte
}

// newSandbox starts a process. It may not have asked for an event yet, or never do: see init.
func newSandbox(config Config) (*sandbox, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &sandbox{
		config: config, key: fmt.Sprintf("ASIASANDBOX%07d", sandboxes.Add(1)),
		ready: make(chan struct{}), work: make(chan *invocation),
	}
	s.server = &http.Server{Handler: s.api(), ReadHeaderTimeout: time.Minute}
	go func() { _ = s.server.Serve(listener) }() // until it is closed
	s.process, err = process.Start(process.Command{
		Name: config.Name, Path: config.Bootstrap, Dir: filepath.Dir(config.Bootstrap), Env: config.environment(s.key, listener.Addr().String()),
	})
	if err != nil {
		return nil, errors.Join(err, s.server.Close())
	}
	return s, nil
}

// init waits until the runtime asks for its first event, and freezes it. If that fails, it gives the error document.
func (s *sandbox) init(ctx context.Context, requestID string) (failure []byte) {
	limit := time.NewTimer(initLimit)
	defer limit.Stop()
	select {
	case <-s.ready:
		s.freeze()
		return nil
	case <-limit.C:
		return document(timeoutError, requestID, fmt.Sprintf("Task timed out after %.2f seconds", initLimit.Seconds()))
	case <-ctx.Done():
		return document(exitError, requestID, ctx.Err().Error())
	case <-s.process.Ended():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.initError != nil {
		return s.initError
	}
	return document(exitError, requestID, s.exit())
}

// invoke has the sandbox handle an event. alive says whether it may get another.
func (s *sandbox) invoke(ctx context.Context, id string, payload []byte) (r Result, alive bool) {
	in := &invocation{id: id, payload: payload, deadline: time.Now().Add(s.config.Timeout), done: make(chan Result, 1)}
	s.setCurrent(in)
	s.thaw()
	ctx, cancel := context.WithDeadline(ctx, in.deadline)
	defer cancel()
	select {
	case s.work <- in:
	case <-s.process.Ended(): // it died in its sleep
		return Result{Outcome: Crashed, Payload: document(exitError, id, s.exit())}, false
	case <-ctx.Done(): // it asked, and went away
		return s.timedOut(id), false
	}
	select {
	case r = <-in.done:
		return r, s.settle(ctx)
	case <-s.process.Ended():
		select {
		case r = <-in.done: // the last thing that it did
			return r, false
		default:
		}
		return Result{Outcome: Crashed, Payload: document(exitError, id, s.exit())}, false
	case <-ctx.Done():
		s.takeCurrent(id)
		return s.timedOut(id), false
	}
}

func (s *sandbox) timedOut(id string) Result {
	seconds := s.config.Timeout.Seconds()
	return Result{Outcome: TimedOut, Payload: document(timeoutError, id, fmt.Sprintf("Task timed out after %.2f seconds", seconds))}
}

// ended says whether the process is gone.
func (s *sandbox) ended() bool {
	select {
	case <-s.process.Ended():
		return true
	default:
		return false
	}
}

// settle waits until the runtime asks for the next event, which ends the invocation, and freezes it.
func (s *sandbox) settle(ctx context.Context) bool {
	select {
	case <-s.ready:
		s.freeze()
		return true
	case <-s.process.Ended():
	case <-ctx.Done():
	}
	return false
}

func (s *sandbox) setCurrent(in *invocation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current = in
}

// takeCurrent gives the invocation under way if that is its id, once.
func (s *sandbox) takeCurrent(id string) *invocation {
	s.mu.Lock()
	defer s.mu.Unlock()
	in := s.current
	if in == nil || in.id != id {
		return nil
	}
	s.current = nil
	return in
}

// exit says how the process ended.
func (s *sandbox) exit() string { return "Runtime exited with error: " + s.process.Exit() }

// kill ends the process at once, wherever it is.
func (s *sandbox) kill() error { return errors.Join(s.process.Stop(0), s.server.Close()) }

// freeze stops the process from running on. A process that is gone doesn't run anyway.
func (s *sandbox) freeze() { s.process.Freeze() }

// thaw lets it go on.
func (s *sandbox) thaw() { s.process.Thaw() }
