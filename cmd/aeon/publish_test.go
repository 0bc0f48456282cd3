package main_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/aeon-es/aeon/internal/testenv/dynamolocal"
	"github.com/aeon-es/aeon/internal/testenv/ministack"
)

// listen makes a bus, and what gets all that comes to it.
func listen(t *testing.T, server *ministack.Server, bus string) *ministack.Inbox {
	t.Helper()
	server.CreateBus(t, bus)
	return server.Subscribe(t, bus, bus, `{"detail":{"key":[{"exists":true}]}}`)
}

// arrived takes what there is, sorts it, and names each event once: where an answer is lost, it is published again.
func arrived(t *testing.T, inbox *ministack.Inbox) (events []string) {
	t.Helper()
	for _, m := range inbox.Take(t, 0) {
		e := m.Event(t)
		events = append(events, fmt.Sprintf("%s %s@%d %s\n", m.Source, e.Key, e.Revision, m.Type))
	}
	slices.Sort(events)
	return slices.Compact(events)
}

func TestPublish(t *testing.T) {
	t.Parallel()
	server := ministack.Start(t)
	t.Run("conversation", func(t *testing.T) { publishConversation(t, server) })
	t.Run("interrupted", func(t *testing.T) { publishInterrupted(t, server) })
}

// publishConversation runs the conversations in testdata/publish with buses: "bus NAME" makes one, "arrived NAME FILE" writes to a
// file what has come to it since it was asked last.
func publishConversation(t *testing.T, server *ministack.Server) {
	endpoint := dynamolocal.Shared(t).Endpoint()
	inboxes := map[string]*ministack.Inbox{}
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "publish"),
		Setup: func(env *testscript.Env) error {
			env.Setenv("PATH", filepath.Dir(binary)+string(os.PathListSeparator)+env.Getenv("PATH"))
			env.Setenv("DYNAMODB", endpoint)
			env.Setenv("FRESH", rand.Text())
			for _, variable := range server.Env() {
				name, value, _ := strings.Cut(variable, "=")
				env.Setenv(name, value)
			}
			large := fmt.Sprintf(`{"aeon":"archive","format":1}
{"key":"large","revision":1,"position":"01KDVDNAZ80000000000000000","committedAt":"2026-01-01T00:00:01.000Z","appendId":"A0000000000000000000000001","events":[{"type":"t","data":%q}]}
{"end":{"keys":1,"commits":1,"events":1}}
`, strings.Repeat("x", 300_000))
			return os.WriteFile(filepath.Join(env.WorkDir, "large.ndjson"), []byte(large), 0o600)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"bus": func(_ *testscript.TestScript, _ bool, args []string) {
				inboxes[args[0]] = listen(t, server, args[0])
			},
			"arrived": func(ts *testscript.TestScript, _ bool, args []string) {
				ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(strings.Join(arrived(t, inboxes[args[0]]), "")), 0o600))
			},
		},
	})
}

// gate lets requests pass to an emulator until so many events are through. What comes then waits, of which shut tells.
func gate(t *testing.T, server *ministack.Server, events int) (endpoint string, shut <-chan struct{}) {
	t.Helper()
	behind, err := url.Parse(server.Endpoint())
	if err != nil {
		t.Fatal(err)
	}
	ids, shutting := regexp.MustCompile(`\\"id\\":\\"[0-9A-Z]{26}`), make(chan struct{}, 100)
	var mu sync.Mutex
	passed := map[string]bool{} // by id: some may be sent again
	pass := func(body []byte) bool {
		mu.Lock()
		defer mu.Unlock()
		if len(passed) >= events {
			return false
		}
		for _, id := range ids.FindAll(body, -1) {
			passed[string(id)] = true
		}
		return true
	}
	way := httputil.NewSingleHostReverseProxy(behind)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		if pass(body) {
			r.Body = io.NopCloser(bytes.NewReader(body))
			way.ServeHTTP(w, r)
			return
		}
		shutting <- struct{}{}
		<-r.Context().Done()
	}))
	t.Cleanup(s.Close)
	return s.URL, shutting
}

// A publish that is stopped by Ctrl-C says where to go on, and from there on nothing is left out.
func publishInterrupted(t *testing.T, server *ministack.Server) {
	t.Parallel()
	inbox := listen(t, server, "stopped")
	folder := t.TempDir()
	in, db := filepath.Join(folder, "in.ndjson"), filepath.Join(folder, "a.db")
	writeArchive(t, in, 700)
	if _, told, code := aeon(t, folder, "none", "import", in, "--store", db); code != 0 {
		t.Fatal(told)
	}
	endpoint, shut := gate(t, server, 500)
	publish := func(endpoint string, args ...string) (*exec.Cmd, *bytes.Buffer) {
		var told bytes.Buffer
		cmd := exec.Command(binary, append([]string{"publish", "--store", db, "--bus", "stopped", "--json"}, args...)...)
		cmd.Env = append(os.Environ(), append(server.Env(), "AWS_ENDPOINT_URL_EVENTBRIDGE="+endpoint)...)
		cmd.Stdout, cmd.Stderr = &told, &told
		return cmd, &told
	}
	cmd, told := publish(endpoint, "--from", "1970-01-01T00:00:00Z")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	<-shut
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); cmd.ProcessState.ExitCode() != 130 {
		t.Errorf("it ended with %v", err)
	}
	found := regexp.MustCompile(`^stopped with 500 events published: go on with --after (.*)\n{"bus":"stopped","events":500,"withoutData":0,"position":"(.*)","complete":false}\n$`).
		FindStringSubmatch(told.String())
	if found == nil || found[1] != found[2] {
		t.Fatalf("it says %s", told)
	}
	_, line, _ := strings.Cut(told.String(), "\n")
	for _, field := range fieldsOf(t, line) {
		if !strings.Contains(rowOf(page(t), "`publish`"), "`"+field+"`") {
			t.Errorf("it prints %q, of which docs/cli.md has no word", field)
		}
	}
	cmd, told = publish(server.Endpoint(), "--after", found[1])
	if err := cmd.Run(); err != nil || !strings.Contains(told.String(), `"events":200,`) {
		t.Fatalf("%v, %s", err, told)
	}
	if events := arrived(t, inbox); len(events) != 700 {
		t.Errorf("%d events arrived", len(events))
	}
}
