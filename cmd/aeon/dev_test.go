package main_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aeon-es/aeon/internal/conversation"
	"github.com/aeon-es/aeon/internal/testenv/dynamolocal"
)

var binary string

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "aeon")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(folder) }()
	binary = filepath.Join(folder, "aeon")
	build := exec.Command("go", "build", "-trimpath", "-o", binary, ".") // as releases are
	build.Env = append(os.Environ(), "CGO_ENABLED=0")                    // as where Go is all there is
	if out, err := build.CombinedOutput(); err != nil {
		panic(fmt.Sprintf("go build: %v\n%s", err, out))
	}
	dynamolocal.Main(m)
}

// server is an "aeon dev" that serves at url.
type server struct {
	cmd  *exec.Cmd
	url  string
	told string // its second line
}

var serving = regexp.MustCompile(`serving (http://[0-9.:\[\]]+) on`)

// dev runs "aeon dev" on a free port, and waits until it serves. That it does is all that it may say.
func dev(t *testing.T, args ...string) *server {
	t.Helper()
	return startDev(t, binary, args...)
}

// startDev does so with any application's command.
func startDev(t *testing.T, program string, args ...string) *server {
	t.Helper()
	p := &server{cmd: exec.Command(program, append([]string{"dev", "--listen", "127.0.0.1:0"}, args...)...)}
	p.cmd.Env = append(os.Environ(), "AWS_EC2_METADATA_DISABLED=true")
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.cmd.Process.Kill(); _ = p.cmd.Wait() })
	lines := bufio.NewScanner(stderr)
	for lines.Scan() {
		if found := serving.FindStringSubmatch(lines.Text()); found != nil {
			p.url = found[1]
			lines.Scan()
			p.told = lines.Text()
			go func() { _, _ = io.Copy(io.Discard, stderr) }()
			return p
		}
		t.Errorf("it prints %q", lines.Text())
	}
	t.Fatal("it ended without serving")
	return nil
}

// get answers status and body of a request.
func (p *server) get(t *testing.T, path string) (int, string) {
	t.Helper()
	r, err := http.Get(p.url + path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, strings.TrimSpace(string(body))
}

func (p *server) increment(t *testing.T, key string) int {
	t.Helper()
	r, err := http.Post(p.url+"/streams/"+url.PathEscape(key), "application/json", strings.NewReader(`{"events":[{"type":"incremented"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	var answer struct{ Revision int }
	if err := json.NewDecoder(r.Body).Decode(&answer); err != nil || r.StatusCode != http.StatusCreated {
		t.Fatalf("append: %s, %v", r.Status, err)
	}
	return answer.Revision
}

// expectCount polls the view until it shows revision n of the key.
func (p *server) expectCount(t *testing.T, key string, n int) {
	t.Helper()
	path := fmt.Sprintf("/views/counters/%s?revision=%d", url.PathEscape(key), n)
	id, err := json.Marshal(key)
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf(`{"view":"counters","id":%s,"revision":%d,"row":{"count":%d,"increments":%d,"decrements":0}}`, id, n, n, n)
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		status, body := p.get(t, path)
		if status == http.StatusOK {
			if body != want {
				t.Errorf("got %s, want %s", body, want)
			}
			return
		}
		if status != http.StatusAccepted || time.Now().After(deadline) {
			t.Fatalf("%s: %d %s", path, status, body)
		}
	}
}

// stop ends it as Ctrl-C does, which must end it well.
func (p *server) stop(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("stopped: %v", err)
	}
}

// kill ends it as nothing can be prepared for.
func (p *server) kill(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = p.cmd.Wait()
}

// It says where the dashboard is; and where other machines can reach the API, that they can, and there is no dashboard.
func TestItSaysWhoCanReachIt(t *testing.T) {
	t.Parallel()
	own := dev(t, "--db", ":memory:")
	if want := "The dashboard is at " + own.url + "/ in your browser."; own.told != want {
		t.Errorf("it says %q, want %q", own.told, want)
	}
	if status, body := own.get(t, "/"); status != http.StatusOK || !strings.Contains(body, "<title>Aeon") {
		t.Errorf("the dashboard: %d %.200s", status, body)
	}
	open := dev(t, "--db", ":memory:", "--listen", "0.0.0.0:0")
	if want := "whoever can reach this address may read and append"; !strings.Contains(open.told, want) {
		t.Errorf("it says %q, want that %s", open.told, want)
	}
	for _, path := range []string{"/", "/dev/", "/dev/keys", "/dev/live"} {
		if status, body := open.get(t, path); status != http.StatusForbidden || !strings.Contains(body, "loopback addresses only") {
			t.Errorf("%s where others can reach it: %d %.200s", path, status, body)
		}
	}
	if status, _ := open.get(t, "/health"); status != http.StatusOK {
		t.Errorf("the API where others can reach it: %d", status)
	}
}

func TestInMemory(t *testing.T) {
	t.Parallel()
	p := dev(t, "--db", ":memory:")
	conversation.New(conversation.HTTP(p.url, nil)).Hold(t)
	p.stop(t)
}

// A file goes on where it was killed, and where it was stopped.
func TestFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "aeon.db")
	p := dev(t, "--db", file)
	talk := conversation.New(conversation.HTTP(p.url, nil))
	talk.Hold(t)
	talk.Park(t)
	p.kill(t)
	p = dev(t, "--db", file)
	talk.Resume(t, conversation.HTTP(p.url, nil))
	p.stop(t)
	p = dev(t, "--db", file)
	p.expectCount(t, "c1", 4)
	p.stop(t)
}

// What was answered is there, however often it is killed, and the views come to see it.
func TestFileIsKeptWhenKilled(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "aeon.db")
	for round := 1; round <= 4; round++ {
		p := dev(t, "--db", file)
		for range 25 {
			p.increment(t, "c1")
		}
		if round%2 == 0 {
			p.expectCount(t, "c1", 25*round)
		} // and otherwise it dies with views behind
		p.kill(t)
	}
	p := dev(t, "--db", file)
	p.expectCount(t, "c1", 100)
	p.stop(t)
}

// On DynamoDB the tables are made where they are missing, and used as they are where they are there.
func TestOnDynamoDB(t *testing.T) {
	t.Parallel()
	server := dynamolocal.Shared(t)
	p := dev(t, "--dynamodb", server.Endpoint())
	talk := conversation.New(conversation.HTTP(p.url, nil))
	talk.Hold(t)
	talk.Park(t)
	p.kill(t)
	p = dev(t, "--dynamodb", server.Endpoint())
	talk.Resume(t, conversation.HTTP(p.url, nil))
	p.stop(t)
	talk.ExpectTable(t, server.Client(), "aeon-events")
}

func TestMistakesAreTold(t *testing.T) {
	t.Parallel()
	taken := dev(t, "--db", ":memory:")
	other := filepath.Join(t.TempDir(), "other")
	if err := os.WriteFile(other, bytes.Repeat([]byte("no database "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		args []string
		want string
		code int
	}{
		{[]string{"nope"}, `there is no command "nope"`, 2},
		{[]string{"dev", "--nope"}, "unknown flag: --nope", 2},
		{[]string{"dev", "extra"}, "extra", 2},
		{[]string{"dev", "--dynamodb", "foo"}, "no URL", 2},
		{[]string{"dev", "--dynamodb", "http://127.0.0.1:1"}, "127.0.0.1:1", 5},
		{[]string{"dev", "--db", "a.db", "--dynamodb", "http://127.0.0.1:1"}, "db", 2},
		{[]string{"dev", "--db", filepath.Join(t.TempDir(), "no", "such", "folder.db")}, "folder.db", 5},
		{[]string{"dev", "--db", other}, other, 5},
		{[]string{"dev", "--db", ":memory:", "--listen", strings.TrimPrefix(taken.url, "http://")}, "another address", 1},
		{[]string{"dev", "--db", ":memory:", "--listen", "nowhere"}, "nowhere", 1},
	} {
		cmd := exec.Command(binary, tc.args...)
		cmd.Env = append(os.Environ(), "AWS_EC2_METADATA_DISABLED=true")
		out, err := cmd.CombinedOutput()
		var failed *exec.ExitError
		if !errors.As(err, &failed) || failed.ExitCode() != tc.code || !strings.Contains(string(out), tc.want) || strings.Contains(string(out), "goroutine") {
			t.Errorf("aeon %s: %v\n%s\nwant exit code %d, and that it says %s", strings.Join(tc.args, " "), err, out, tc.code, tc.want)
		}
	}
}
