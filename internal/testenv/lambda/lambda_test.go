package lambda

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aeon-es/aeon/internal/testenv/bootstrap"
)

func TestMain(m *testing.M) { bootstrap.Main(func() { m.Run() }) }

// answer is what the function of the tests tells about itself.
type answer struct {
	PID            int
	Handled        int64
	Left           time.Duration
	RequestID, ARN string
	Env            map[string]string
}

func start(t *testing.T, c Config) *Function {
	t.Helper()
	c.Name, c.Bootstrap = "misbehave", bootstrap.Package(t, "testdata/misbehave")
	if c.Timeout == 0 {
		c.Timeout = time.Minute // nothing here may depend on the machine's speed
	}
	return Start(t, c)
}

func (f *Function) do(t *testing.T, event string) (Result, answer) {
	t.Helper()
	r := f.Invoke(t.Context(), []byte(event))
	var a answer
	if r.Outcome == Answered {
		if err := json.Unmarshal(r.Payload, &a); err != nil {
			t.Fatalf("%s: %v", r.Payload, err)
		}
	}
	return r, a
}

func (f *Function) expect(t *testing.T, event string, outcome Outcome, part string) Result {
	t.Helper()
	r, _ := f.do(t, event)
	if r.Outcome != outcome || !strings.Contains(string(r.Payload), part) {
		t.Errorf("%s: %s: %.300s; want %s with %s", event, r.Outcome, r.Payload, outcome, part)
	}
	return r
}

func TestWarmSandboxIsUsedAgain(t *testing.T) {
	t.Parallel()
	f := start(t, Config{})
	r1, first := f.do(t, `{}`)
	r2, second := f.do(t, `{}`)
	if first.PID != second.PID || second.Handled != 2 || !r1.Cold || r2.Cold || r1.Sandbox != r2.Sandbox {
		t.Errorf("%+v %+v, then %+v %+v: want the same process", r1, first, r2, second)
	}
	f.Recycle()
	if r, third := f.do(t, `{}`); !r.Cold || third.Handled != 1 {
		t.Errorf("after it was recycled: %+v, %+v", r, third)
	}
	if got := f.Figures(); got != (Figures{Invocations: 3, Sandboxes: 2, AtOnce: 1}) {
		t.Errorf("figures: %+v", got)
	}
}

// The runtime is told what Lambda tells it, and sees nothing of the test's environment.
func TestEnvironment(t *testing.T) {
	t.Setenv("OF_THE_TEST", "1")
	f := start(t, Config{Memory: 512, Timeout: 30 * time.Second, Env: []string{"EVENTS_TABLE=events"}})
	r, a := f.do(t, `{}`)
	for name, want := range map[string]string{
		"AWS_LAMBDA_FUNCTION_NAME": "misbehave", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512", "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
		"AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand", "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": r.Sandbox, "AWS_SECRET_ACCESS_KEY": "secret",
		"AWS_SESSION_TOKEN": "token", "_HANDLER": "bootstrap", "EVENTS_TABLE": "events", "TZ": ":UTC", "OF_THE_TEST": "", "AWS_EXECUTION_ENV": "", "HOME": "",
		"LAMBDA_TASK_ROOT": filepath.Dir(f.config.Bootstrap),
	} {
		if a.Env[name] != want {
			t.Errorf("%s is %q, want %q", name, a.Env[name], want)
		}
	}
	if a.RequestID != r.RequestID || a.RequestID == "" || a.ARN != f.ARN() || a.Left > 30*time.Second || a.Left <= 0 {
		t.Errorf("the function was told %+v, the result is %+v", a, r)
	}
}

// A sandbox takes one event at a time: others are started beside it, up to the limit, and what is beyond that is throttled.
func TestConcurrency(t *testing.T) {
	t.Parallel()
	f := start(t, Config{Concurrency: 3})
	var group sync.WaitGroup
	var mu sync.Mutex
	outcomes, pids := map[Outcome]int{}, map[int]int{}
	for range 5 {
		group.Go(func() {
			r := f.Invoke(t.Context(), []byte(`{"do":"hang"}`))
			mu.Lock()
			defer mu.Unlock()
			outcomes[r.Outcome]++
		})
	}
	// The two that are refused come back; the three that hang are ended here.
	waitUntil(t, func() bool { return f.Figures().Throttled == 2 && len(f.Busy()) == 3 })
	f.killAll()
	group.Wait()
	for range 3 {
		_, a := f.do(t, `{}`)
		pids[a.PID]++
	}
	if outcomes[Throttled] != 2 || outcomes[Crashed] != 3 || len(pids) != 1 {
		t.Errorf("outcomes %v, then served by %v", outcomes, pids)
	}
	if got := f.Figures().AtOnce; got != 3 {
		t.Errorf("%d sandboxes at once, want 3", got)
	}
}

func (f *Function) killAll() {
	f.mu.Lock()
	keys := make([]string, 0, len(f.all))
	for key := range f.all {
		keys = append(keys, key)
	}
	f.mu.Unlock()
	for _, key := range keys {
		f.Kill(key)
	}
}

// However an invocation fails, the next one is served.
func TestFailures(t *testing.T) {
	t.Parallel()
	f := start(t, Config{})
	f.expect(t, `{"do":"fail"}`, Failed, `"errorMessage":"failed on purpose"`)
	if _, a := f.do(t, `{}`); a.Handled != 2 {
		t.Error("an error is no reason for another sandbox")
	}
	f.expect(t, `{"do":"panic"}`, Failed, `panicked on purpose`)
	f.expect(t, `{"do":"exit","code":7}`, Crashed, `Runtime exited with error: exit status 7`)
	f.expect(t, `{"do":"exit"}`, Crashed, `"errorType":"Runtime.ExitError"`)
	f.expect(t, `{"do":"grow"}`, Failed, `Function.ResponseSizeTooLarge`)
	r := f.expect(t, `{}`, Answered, `"Handled":1`)
	if !r.Cold {
		t.Errorf("the last one: %+v, want a new sandbox", r)
	}
	if got := f.Figures(); got.Failed != 3 || got.Crashed != 2 || got.Invocations != 7 {
		t.Errorf("figures: %+v", got)
	}
}

// An invocation that takes too long is ended by a kill, in the middle.
func TestTimeout(t *testing.T) {
	t.Parallel()
	f := start(t, Config{Timeout: 500 * time.Millisecond})
	r := f.expect(t, `{"do":"hang"}`, TimedOut, `Task timed out after 0.50 seconds`)
	if f.Kill(r.Sandbox) {
		t.Error("the sandbox is still there")
	}
	f.expect(t, `{}`, Answered, `"Handled":1`)
}

// Between invocations nothing runs.
func TestFrozenBetweenInvocations(t *testing.T) {
	t.Parallel()
	f := start(t, Config{})
	r, _ := f.do(t, `{}`)
	f.expectState(t, r.Sandbox, "T")
	ended := make(chan Result)
	go func() { ended <- f.Invoke(context.WithoutCancel(t.Context()), []byte(`{"do":"hang"}`)) }()
	waitUntil(t, func() bool { return len(f.Busy()) == 1 })
	f.expectState(t, r.Sandbox, "S", "R")
	f.killAll()
	<-ended
}

// expectState says whether the sandbox's process is in one of the states, by its first letter as ps prints it.
func (f *Function) expectState(t *testing.T, key string, states ...string) {
	t.Helper()
	f.mu.Lock()
	pid := f.all[key].process.PID()
	f.mu.Unlock()
	waitUntil(t, func() bool { // a signal takes a moment
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		_, rest, _ := strings.Cut(string(stat), ") ")
		return err == nil && slices.Contains(states, rest[:1])
	})
}

func TestKilledAndFrozenByTheTest(t *testing.T) {
	t.Parallel()
	f := start(t, Config{Timeout: 2 * time.Second})
	r, _ := f.do(t, `{}`)
	ended := make(chan Result)
	go func() { ended <- f.Invoke(context.WithoutCancel(t.Context()), []byte(`{"do":"hang"}`)) }()
	waitUntil(t, func() bool { return len(f.Busy()) == 1 })
	if !f.Kill(r.Sandbox) {
		t.Error("no such sandbox")
	}
	if got := <-ended; got.Outcome != Crashed || !strings.Contains(string(got.Payload), "signal: killed") {
		t.Errorf("killed: %s %s", got.Outcome, got.Payload)
	}
	r, _ = f.do(t, `{}`)
	go func() { ended <- f.Invoke(context.WithoutCancel(t.Context()), []byte(`{"do":"hang"}`)) }()
	waitUntil(t, func() bool { return len(f.Busy()) == 1 })
	if !f.Freeze(r.Sandbox) {
		t.Error("no such sandbox")
	}
	f.expectState(t, r.Sandbox, "T")
	if got := <-ended; got.Outcome != TimedOut {
		t.Errorf("frozen in the middle: %s %s, want it to time out", got.Outcome, got.Payload)
	}
	if f.Kill("another") || f.Freeze("another") {
		t.Error("struck a sandbox that isn't there")
	}
	// Killed in its sleep, it is replaced, and no event is lost to it.
	r, _ = f.do(t, `{}`)
	f.Kill(r.Sandbox)
	f.expect(t, `{}`, Answered, `"Handled":1`)
}

func waitUntil(t *testing.T, ready func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !ready(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it doesn't get there")
		}
	}
}

// Lambda tries the initialization twice.
func TestInit(t *testing.T) {
	t.Parallel()
	f := start(t, Config{Env: []string{"INIT=exit"}})
	f.expect(t, `{}`, InitFailed, "exit status 3")
	if got := f.Figures(); got.Sandboxes != 2 || got.InitFailed != 1 {
		t.Errorf("figures: %+v", got)
	}
	f = start(t, Config{Env: []string{"INIT=flaky", "STATE=" + filepath.Join(t.TempDir(), "state")}})
	f.expect(t, `{}`, Answered, `"Handled":1`)
}

// What a sandbox answered stands, even if it dies right behind it.
func TestDeathAfterTheAnswer(t *testing.T) {
	t.Parallel()
	f := start(t, Config{})
	f.expect(t, `{"do":"die later"}`, Answered, `"Handled":1`)
	// It dies once it runs on: with the next event in its hands, or before it gets that.
	f.expect(t, `{"do":"hang"}`, Crashed, "exit status 5")
}
