package functions_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/aeon-es/aeon/internal/testenv/bootstrap"
	"github.com/aeon-es/aeon/internal/testenv/port"
	"github.com/aeon-es/aeon/internal/testenv/process"
	"github.com/aeon-es/aeon/internal/testenv/toolsdir"
)

// lambda is a function's binary running under Lambda's runtime interface emulator, without a container.
type lambda struct {
	process *process.Process
	address string
}

// emulator is the one that the SAM CLI puts into its containers.
func emulator(t testing.TB) string {
	t.Helper()
	lib, err := toolsdir.Path("sam", "lib")
	if err != nil {
		t.Fatal(err)
	}
	name := map[string]string{"amd64": "x86_64", "arm64": "arm64"}[runtime.GOARCH]
	found, err := filepath.Glob(filepath.Join(lib, "python*", "site-packages", "samcli", "local", "rapid", "aws-lambda-rie-"+name))
	if err != nil || len(found) != 1 {
		t.Fatalf("the runtime interface emulator: found %v (%v)", found, err)
	}
	return found[0]
}

// run starts a function with just this environment.
func run(t *testing.T, function string, env ...string) *lambda {
	t.Helper()
	return runBinary(t, function, bootstrap.Function(t, function), env...)
}

// runBinary does so with a binary.
func runBinary(t testing.TB, function, binary string, env ...string) *lambda {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Fatal("a function's binary runs on Linux only: run the tests there, or in a container")
	}
	invoke, api := reserve(t), reserve(t)
	p, err := process.Start(process.Command{
		Name: function, Path: emulator(t), Dir: t.TempDir(), Env: append([]string{"PATH=/usr/bin:/bin"}, env...),
		Args: []string{
			"--runtime-interface-emulator-address", invoke, "--runtime-api-address", api, binary,
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("%s printed:\n%s", function, p.Output())
		}
		if err := p.Stop(5 * time.Second); err != nil {
			t.Error(err)
		}
	})
	return &lambda{process: p, address: "http://" + invoke + "/2015-03-31/functions/function/invocations"}
}

func reserve(t testing.TB) string {
	t.Helper()
	r, err := port.Reserve()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Release() })
	return r.Address()
}

// invoke has the function handle an event, and reads its answer.
func (l *lambda) invoke(t *testing.T, event []byte, answer any) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var got []byte
	err := l.process.WaitUntil(ctx, func(ctx context.Context) (err error) {
		got, err = l.post(ctx, event)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(got, answer); err != nil {
		t.Fatalf("answer %s: %v", got, err)
	}
}

func (l *lambda) post(ctx context.Context, event []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, l.address, bytes.NewReader(event))
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	return io.ReadAll(resp.Body)
}

// expectPrinted waits until the function has printed a text: that takes another way than its answer, which may be there first.
func (l *lambda) expectPrinted(t *testing.T, text string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	err := l.process.WaitUntil(ctx, func(context.Context) error {
		if !strings.Contains(l.process.Output(), text) {
			return fmt.Errorf("%q isn't printed", text)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// sample reads one of the sample events.
func sample(t testing.TB, name string) []byte {
	t.Helper()
	event, err := os.ReadFile(filepath.Join("..", "events", name))
	if err != nil {
		t.Fatal(err)
	}
	return event
}

// refusal runs a function's binary with just this environment, and gives what it printed and its exit code.
func refusal(t *testing.T, function string, env ...string) (string, int) {
	t.Helper()
	cmd := exec.Command(bootstrap.Function(t, function))
	cmd.Env = append([]string{"PATH=/usr/bin:/bin"}, env...)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// awsEnv is what Lambda sets, and where DynamoDB is.
func awsEnv(endpoint string) []string {
	return []string{
		"AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=local", "AWS_SECRET_ACCESS_KEY=local", "AWS_SESSION_TOKEN=local",
		fmt.Sprintf("AWS_ENDPOINT_URL=%s", endpoint),
	}
}
