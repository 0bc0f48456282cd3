package sam_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aeon-es/aeon/internal/testenv/docker"
	"github.com/aeon-es/aeon/internal/testenv/dynamolocal"
	"github.com/aeon-es/aeon/internal/testenv/ministack"
	"github.com/aeon-es/aeon/internal/testenv/port"
	"github.com/aeon-es/aeon/internal/testenv/sam"
)

func TestMain(m *testing.M) { dynamolocal.Main(m) }

type answer struct {
	Greeting string
	Status   int
	Secret   string
}

// One stack, built once, runs in a container and deployed.
func TestStack(t *testing.T) {
	built := filepath.Join(t.TempDir(), "built")
	// CGO_ENABLED=0: the binary has to run in any image.
	_, _, err := sam.Run(t, filepath.Join("testdata", "hello"), []string{"CGO_ENABLED=0"},
		"build", "--build-dir", built, "--parameter-overrides", architecture())
	if err != nil {
		t.FailNow()
	}
	engine := docker.Start(t)
	t.Run("local invoke", func(t *testing.T) { testLocalInvoke(t, engine, built) })
	t.Run("local start-lambda", func(t *testing.T) { testStartLambda(t, engine, built) })
	t.Run("deploy", func(t *testing.T) { testDeploy(t, built) })
}

// architecture is the template's parameter for the processor of this machine.
func architecture() string {
	if runtime.GOARCH == "arm64" {
		return "Architecture=arm64"
	}
	return "Architecture=x86_64"
}

func testLocalInvoke(t *testing.T, engine *docker.Engine, built string) {
	host, err := engine.HostAddress()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	database := strings.Replace(dynamolocal.Shared(t).Endpoint(), "127.0.0.1", host, 1)
	write(t, filepath.Join(dir, "event.json"), map[string]any{"name": "world"})
	write(t, filepath.Join(dir, "env.json"), map[string]any{"Hello": map[string]any{"ASK": database}})

	stdout, stderr, err := sam.Run(t, built, engine.Env(), "local", "invoke", "Hello",
		"--event", filepath.Join(dir, "event.json"), "--env-vars", filepath.Join(dir, "env.json"),
		"--parameter-overrides", architecture(), "--skip-pull-image")
	if err != nil {
		t.FailNow()
	}
	// The function asks DynamoDB Local, from its container, with a request that DynamoDB refuses.
	check(t, []byte(stdout), answer{Greeting: "hello world", Status: http.StatusBadRequest}, stderr)
}

func testStartLambda(t *testing.T, engine *docker.Engine, built string) {
	reserved, err := port.Reserve()
	if err != nil {
		t.Fatal(err)
	}
	server := sam.Start(t, built, engine.Env(), "local", "start-lambda", "--port", strconv.Itoa(reserved.Number),
		"--parameter-overrides", architecture(), "--skip-pull-image")
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	var got []byte
	err = server.WaitUntil(ctx, func(ctx context.Context) error {
		got, err = post(ctx, "http://"+reserved.Address()+"/2015-03-31/functions/Hello/invocations", `{"name":"server"}`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	check(t, got, answer{Greeting: "hello server"}, server.Output())
}

func post(ctx context.Context, address, body string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	got, err := io.ReadAll(resp.Body)
	return got, errors.Join(err, resp.Body.Close())
}

func testDeploy(t *testing.T, built string) {
	t.Setenv("AEON_SECRET", "of this machine, which the function must not see")
	server := ministack.Start(t)
	_, _, err := sam.Run(t, built, server.Env(), "deploy", "--stack-name", "hello",
		"--template-file", filepath.Join(built, "template.yaml"), "--parameter-overrides", architecture(),
		"--resolve-s3", "--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset")
	if err != nil {
		t.FailNow()
	}
	got, err := server.Invoke(t.Context(), "hello", []byte(`{"name":"stack"}`))
	if err != nil {
		t.Fatal(err)
	}
	check(t, got, answer{Greeting: "hello stack"}, "")
}

func check(t *testing.T, text []byte, want answer, log string) {
	t.Helper()
	var got answer
	if err := json.Unmarshal(text, &got); err != nil || got != want {
		t.Errorf("the function answered %s (%v), want %+v\n%s", text, err, want, log)
	}
}

func TestRunReportsFailure(t *testing.T) {
	_, stderr, err := sam.Run(t, t.TempDir(), nil, "build")
	if err == nil || !strings.Contains(err.Error(), "sam build: exit status") {
		t.Errorf("sam build of nothing: %v, want its exit status", err)
	}
	if !strings.Contains(stderr, "Template file not found") {
		t.Errorf("stderr: %s; want it to say that there is no template", stderr)
	}
}

func write(t *testing.T, path string, value any) {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// A session runs command after command, and tells of each whether it failed, and what it printed.
func TestSession(t *testing.T) {
	s := sam.Open(t, []string{"CGO_ENABLED=0"})
	if output, err := s.Run(t, t.TempDir(), "build"); err == nil || !strings.Contains(output, "Template file not found") {
		t.Errorf("sam build of nothing: %v\n%s", err, output)
	}
	built := filepath.Join(t.TempDir(), "built")
	if _, err := s.Run(t, filepath.Join("testdata", "hello"), "build", "--build-dir", built, "--parameter-overrides", architecture()); err != nil {
		t.Fatal(err)
	}
	if binaries, err := filepath.Glob(filepath.Join(built, "*", "bootstrap")); err != nil || len(binaries) == 0 {
		t.Errorf("it built %v (%v)", binaries, err)
	}
	if output, err := s.Run(t, built, "deploy", "--stack-name", "s", "--no-such-flag"); err == nil || !strings.Contains(output+err.Error(), "no-such-flag") {
		t.Errorf("sam deploy with a flag that isn't: %v\n%s", err, output)
	}
}
