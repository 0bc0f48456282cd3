package lambda

import (
	"context"
	"maps"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// Config is how a function is set up.
type Config struct {
	Name      string
	Bootstrap string // the path of its binary
	// Timeout of one invocation; 0 is Lambda's default of 3 seconds. Starting a sandbox doesn't count.
	Timeout time.Duration
	// Memory is how many MB the function is told it has; 0 is Lambda's default of 128.
	Memory int
	// Concurrency is how many sandboxes there may be at once, 10 if 0. An invocation beyond that is throttled.
	Concurrency int
	// Env are the function's own variables, as NAME=value.
	Env []string
}

// Function is a function that can be invoked. Make it with [Start]; safe for concurrent use.
type Function struct {
	config Config

	mu      sync.Mutex
	idle    []*sandbox // warm; the last one is taken first
	all     map[string]*sandbox
	outputs []string // the end of what those that are gone have printed
	counts  Figures
	errs    []error
}

const (
	outputsKept = 20      // of sandboxes that are gone
	endShown    = 8 << 10 // bytes, when a test fails
)

// Start sets a function up. Its sandboxes are started as they are needed, and are gone when the test ends.
func Start(tb testing.TB, c Config) *Function {
	tb.Helper()
	if runtime.GOOS != "linux" {
		tb.Fatal("a function's binary runs on Linux only: run the tests there, or in a container")
	}
	if c.Timeout == 0 {
		c.Timeout = 3 * time.Second
	}
	if c.Memory == 0 {
		c.Memory = 128
	}
	if c.Concurrency == 0 {
		c.Concurrency = 10
	}
	f := &Function{config: c, all: map[string]*sandbox{}}
	tb.Cleanup(func() {
		f.stop()
		if tb.Failed() {
			printed := f.Output()
			tb.Logf("the end of what %s printed:\n%s", c.Name, printed[max(0, len(printed)-endShown):])
		}
		for _, err := range f.errs {
			tb.Error(err)
		}
	})
	return f
}

// ARN is the function's.
func (f *Function) ARN() string { return f.config.arn() }

// Invoke has the function handle an event, and waits for its end: in a warm sandbox if one is idle, else in a new one.
func (f *Function) Invoke(ctx context.Context, payload []byte) Result {
	id := requestID()
	s, cold, refused := f.take(ctx, id)
	if s == nil {
		refused.RequestID = id
		f.count(refused)
		return refused
	}
	r, alive := s.invoke(ctx, id, payload)
	r.RequestID, r.Sandbox, r.Cold = id, s.key, cold
	if ctx.Err() == nil { // else the test gave up, not Lambda
		f.count(r)
	}
	if !alive {
		f.discard(s)
		return r
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.idle = append(f.idle, s)
	return r
}

// take gives a sandbox that is ready for an event. Where there is none, the result says why.
func (f *Function) take(ctx context.Context, id string) (s *sandbox, cold bool, refused Result) {
	if s = f.warm(); s != nil {
		return s, false, Result{}
	}
	// Lambda tries the initialization once more, as a part of the invocation.
	for range 2 {
		if s, refused = f.start(ctx, id); s != nil || refused.Outcome == Throttled {
			break
		}
	}
	return s, true, refused
}

// warm takes the sandbox that was used last, nil if none is idle.
func (f *Function) warm() *sandbox {
	for {
		f.mu.Lock()
		n := len(f.idle)
		if n == 0 {
			f.mu.Unlock()
			return nil
		}
		s := f.idle[n-1]
		f.idle = f.idle[:n-1]
		f.mu.Unlock()
		if !s.ended() {
			return s
		}
		f.discard(s) // it was killed in its sleep
	}
}

// start makes a sandbox and has it get ready.
func (f *Function) start(ctx context.Context, id string) (*sandbox, Result) {
	f.mu.Lock()
	if len(f.all) >= f.config.Concurrency { // others came first
		f.mu.Unlock()
		return nil, Result{Outcome: Throttled}
	}
	s, err := newSandbox(f.config)
	if err != nil {
		f.errs = append(f.errs, err)
		f.mu.Unlock()
		return nil, Result{Outcome: InitFailed, Payload: document(exitError, id, err.Error())}
	}
	f.all[s.key] = s
	f.counts.Sandboxes++
	f.counts.AtOnce = max(f.counts.AtOnce, len(f.all))
	f.mu.Unlock()
	if failure := s.init(ctx, id); failure != nil {
		f.discard(s)
		return nil, Result{Outcome: InitFailed, Payload: failure}
	}
	return s, Result{}
}

// discard ends a sandbox for good.
func (f *Function) discard(s *sandbox) {
	err := s.kill()
	f.mu.Lock()
	defer f.mu.Unlock()
	if err != nil {
		f.errs = append(f.errs, err)
	}
	delete(f.all, s.key)
	if f.outputs = append(f.outputs, s.process.Output()); len(f.outputs) > outputsKept {
		f.outputs = f.outputs[1:]
	}
}

// Output is the end of what the sandboxes have printed: of all that there are, and of the last ones that are gone.
func (f *Function) Output() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	outputs := append([]string(nil), f.outputs...)
	for _, s := range f.all {
		outputs = append(outputs, s.process.Output())
	}
	return strings.Join(outputs, "---\n")
}

// stop ends all sandboxes.
func (f *Function) stop() {
	f.mu.Lock()
	all := maps.Clone(f.all)
	f.mu.Unlock()
	for _, s := range all {
		f.discard(s)
	}
}
