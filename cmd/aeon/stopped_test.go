package main_test

import (
	"crypto/rand"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/aeon-es/aeon/internal/testenv/dynamolocal"
)

// turnstile passes requests on to DynamoDB, but for one of each round, which gets no answer as long as whoever asks waits for it.
type turnstile struct {
	*httptest.Server
	round atomic.Pointer[round]
}

type round struct {
	at    int64 // which
	count atomic.Int64
	held  chan struct{} // closed when it is there
}

func newTurnstile(t *testing.T, endpoint string) *turnstile {
	t.Helper()
	target, err := url.Parse(endpoint)
	if err != nil {
		t.Fatal(err)
	}
	g := &turnstile{}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) } // who was stopped doesn't hear it
	proxy.ErrorLog = log.New(io.Discard, "", 0)
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		now := g.round.Load()
		if now.count.Add(1) != now.at {
			proxy.ServeHTTP(w, r)
			return
		}
		_, _ = io.Copy(io.Discard, r.Body) // only then it is noticed who goes away
		close(now.held)
		<-r.Context().Done()
	}))
	t.Cleanup(g.Close)
	return g
}

// stoppedAt runs a command, and sends it a signal while it waits for the answer to its request number at. It answers what it printed, and
// whether it came to an end before.
func (g *turnstile) stoppedAt(t *testing.T, tables string, at int64, signal os.Signal, args ...string) (out string, ended bool) {
	t.Helper()
	now := &round{at: at, held: make(chan struct{})}
	g.round.Store(now)
	cmd := exec.CommandContext(t.Context(), binary, append(args, "--store", "dynamodb:"+g.URL)...)
	cmd.Env = withTables(tables)
	var printed strings.Builder
	cmd.Stdout, cmd.Stderr = &printed, &printed
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = cmd.Wait() }()
	want := 0
	select {
	case <-now.held:
		want = 130
		if err := cmd.Process.Signal(signal); err != nil {
			t.Error(err)
		}
	case <-done:
	}
	<-done
	out = printed.String()
	if code := cmd.ProcessState.ExitCode(); code != want || strings.Contains(out, "aeon: ") {
		t.Errorf("aeon %v, with %v at request %d: %d, want %d\n%s", args, signal, at, code, want, out)
	}
	return out, want == 0
}

// linesOf are the lines of a file, in an order of their own: keys in a table have another than in the archive.
func linesOf(t *testing.T, file string) []string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return slices.Sorted(strings.Lines(string(text)))
}

// Long work ends at once and well, with the exit code for it, wherever Ctrl-C or the signal TERM comes; run again, it ends as if nothing
// had been.
func TestStoppedAnywhere(t *testing.T) {
	t.Parallel()
	endpoint, tables := dynamolocal.Shared(t).Endpoint(), "stopped-"+rand.Text()
	folder := t.TempDir()
	in, out := filepath.Join(folder, "in.ndjson"), filepath.Join(folder, "out.ndjson")
	writeArchive(t, in, 60)
	if _, told, code := aeon(t, ".", tables, "tables", "create", "--store", "dynamodb:"+endpoint); code != 0 {
		t.Fatal(told)
	}
	through := newTurnstile(t, endpoint)
	for _, step := range []struct{ command, want string }{
		{"import " + in, "with 60 events of 5 keys in all"},
		{"sweep", "rang "},
		{"rebuild counters", "version 1 of counters is complete"},
		{"export " + out, "exported 60 events"},
		{"verify", "streams#1"},
	} {
		stops := 0
		for at, ended := int64(1), false; !ended; at += 1 + at/2 {
			signal := []os.Signal{os.Interrupt, syscall.SIGTERM}[stops%2]
			var printed string
			if printed, ended = through.stoppedAt(t, tables, at, signal, strings.Fields(step.command)...); ended && !strings.Contains(printed, step.want) {
				t.Errorf("aeon %s: %s\nwant %s", step.command, printed, step.want)
			}
			stops++
		}
		if stops < 4 {
			t.Errorf("aeon %s was stopped %d times only", step.command, stops-1)
		}
	}
	if !slices.Equal(linesOf(t, in), linesOf(t, out)) {
		t.Error("what was exported isn't what was imported")
	}
	if left, err := filepath.Glob(out + ".*"); err != nil || len(left) > 0 {
		t.Errorf("%v is left: %v", left, err)
	}
}
