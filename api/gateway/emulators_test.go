package gateway_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aeon-es/aeon/internal/testenv/docker"
	"github.com/aeon-es/aeon/internal/testenv/ministack"
	"github.com/aeon-es/aeon/internal/testenv/port"
	"github.com/aeon-es/aeon/internal/testenv/sam"
)

// TestEmulators sends keys through the fronts that run on a developer's machine: their events are what
// the samples of the other tests say, and a function behind them gets each key as it is.
func TestEmulators(t *testing.T) {
	t.Parallel()
	built := filepath.Join(t.TempDir(), "built")
	architecture := "Architecture=x86_64"
	if runtime.GOARCH == "arm64" {
		architecture = "Architecture=arm64"
	}
	_, _, err := sam.Run(t, filepath.Join("testdata", "stack"), []string{"CGO_ENABLED=0"},
		"build", "--build-dir", built, "--parameter-overrides", architecture)
	if err != nil {
		t.FailNow()
	}
	t.Run("sam local start-api", func(t *testing.T) { testStartAPI(t, built, architecture) })
	t.Run("ministack", func(t *testing.T) { testMinistack(t, built, architecture) })
}

func testStartAPI(t *testing.T, built, architecture string) {
	engine := docker.Start(t)
	reserved, err := port.Reserve()
	if err != nil {
		t.Fatal(err)
	}
	server := sam.Start(t, built, engine.Env(), "local", "start-api", "--port", strconv.Itoa(reserved.Number),
		"--parameter-overrides", architecture, "--skip-pull-image", "--warm-containers", "EAGER")
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	base := "http://" + reserved.Address()
	if err := server.WaitUntil(ctx, func(ctx context.Context) error { _, err := ask(ctx, base+"/health", ""); return err }); err != nil {
		t.Fatal(err)
	}
	arrive(t, base, "", func(key string) bool { return strings.Contains(key, "//") }) // it redirects to the path without
}

func testMinistack(t *testing.T, built, architecture string) {
	server := ministack.Start(t)
	_, _, err := sam.Run(t, built, server.Env(), "deploy", "--stack-name", "paths", "--template-file", filepath.Join(built, "template.yaml"),
		"--parameter-overrides", architecture, "--resolve-s3", "--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset")
	if err != nil {
		t.FailNow()
	}
	text, _, err := sam.Run(t, built, server.Env(), "list", "stack-outputs", "--stack-name", "paths", "--output", "json")
	if err != nil {
		t.FailNow()
	}
	var outputs []struct{ OutputKey, OutputValue string }
	if err := json.Unmarshal([]byte(text), &outputs); err != nil || len(outputs) != 2 {
		t.Fatalf("%s: %v", text, err)
	}
	for _, o := range outputs {
		if o.OutputKey == "Rest" {
			arrive(t, server.Endpoint()+"/live", o.OutputValue+".execute-api.localhost", none)
			continue
		}
		u, err := url.Parse(o.OutputValue)
		if err != nil {
			t.Fatal(err)
		}
		arrive(t, server.Endpoint(), u.Host, fronts["ministack function URL"].lost)
	}
}

// arrive sends requests for keys, but for those that the front loses, and expects the function to get them.
func arrive(t *testing.T, base, host string, lost func(key string) bool) {
	t.Helper()
	for _, key := range []string{"counter/a b", "ü", "50%", "what?", "a//b", "a+b", "a#b", "a%2Fb", "a%20b", "%", "a&b=c;d"} {
		for _, prefix := range []string{"/streams/", "/views/counters/"} {
			if lost(key) {
				continue
			}
			target := base + prefix + strings.ReplaceAll(url.PathEscape(key), "%2F", "/") + "?type=a%20b&type=c%26d"
			got, err := ask(t.Context(), target, host)
			if err != nil || got.Path != prefix+key || got.Method != http.MethodGet || strings.Join(got.Query["type"], ",") != "a b,c&d" {
				t.Errorf("%s of %s: the function got %+v, %v", target, host, got, err)
			}
		}
	}
}

type echo struct {
	Method, Path string
	Query        url.Values
}

func ask(ctx context.Context, target, host string) (got echo, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, target, http.NoBody)
	if err != nil {
		return echo{}, err
	}
	if host != "" {
		r.Host = host
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return echo{}, err
	}
	body, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return echo{}, err
	}
	if response.StatusCode != http.StatusOK {
		return echo{}, fmt.Errorf("%s: %s", response.Status, body)
	}
	return got, json.Unmarshal(body, &got)
}
