package main_test

import (
	"bufio"
	"crypto/rand"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aeon-es/aeon/internal/testenv/dynamolocal"
)

// withTables is an environment in which the tables have names that begin so.
func withTables(prefix string) []string {
	return append(os.Environ(), "AWS_EC2_METADATA_DISABLED=true",
		"EVENTS_TABLE="+prefix+"-events", "METADATA_TABLE="+prefix+"-metadata", "VIEWS_TABLE="+prefix+"-views")
}

// aeon runs a command in a folder, and answers what it prints, both ways, and its exit code.
func aeon(t *testing.T, folder, tables string, args ...string) (out, told string, code int) {
	t.Helper()
	cmd := exec.Command(binary, args...)
	cmd.Dir, cmd.Env = folder, withTables(tables)
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	return stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()
}

// onServer is what can't be done by way of a server's HTTP API, and on what.
const onServer = "give a file or dynamodb as --store, not a server"

// verbs are all that can be typed on a store with a few events, in this order, and what they print: on a database, and on a server
// where that is something else.
var verbs = []struct{ command, want, server string }{
	{"append counter/1 incremented", "counter/1 is at revision 1", ""},
	{"append counter/1 decremented --expected 1 --json", `"revision":2`, ""},
	{"read counter/1", "decremented", ""},
	{"head counter/1", "2", ""},
	{"all --key-prefix counter/", "counter/1 2 ", ""},
	{"tail --type incremented", "counter/1 1 ", ""},
	{"export FILE", "exported 2 events", onServer},
	{"import FILE", "imported 0 commits", onServer},
	{"sweep", "rang 1 keys", onServer},
	{"view counters counter/1 --revision 2 --wait 20s", `{"count":0,`, ""},
	{"view counters --order desc", `{"count":0,`, ""},
	{"rebuild counters", "version 1 of counters is complete", onServer},
	{"switch counters 1", "queries see version 1", onServer},
	{"parked", "nothing is parked", onServer},
	{"parked counters counter/1", "seen 2", onServer},
	{"redrive counters", "", onServer},
	{"verify", "counters#1 1 rows of 1 keys: right", onServer},
	{"status", "counters#1 live", `"ok"`},
	{"bench --events 7 --keys 2 --writers 3 --json", `{"measured":"read","requests":2,"events":7,`, ""},
}

// refused are those that have nothing to do there, and how that ends.
var refused = []struct {
	command, want string
	code          int
}{
	{"skip counters counter/1 2 --reason x", "not parked there", 1},
	{"drop counters 1", "version 1 is live", 1},
}

// Every verb does the same on a file, on DynamoDB and on a server, or says why not.
func TestVerbs(t *testing.T) {
	t.Parallel()
	endpoint, tables := "dynamodb:"+dynamolocal.Shared(t).Endpoint(), "verbs-"+rand.Text()
	if _, told, code := aeon(t, ".", tables, "tables", "create", "--store", endpoint); code != 0 {
		t.Fatal(told)
	}
	for name, store := range map[string]string{
		"file": filepath.Join(t.TempDir(), "a.db"), "DynamoDB": endpoint, "server": dev(t, "--db", ":memory:").url,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "all.ndjson.gz")
			run := func(command string) (out, told string, code int) {
				return aeon(t, ".", tables, append(strings.Fields(strings.ReplaceAll(command, "FILE", file)), "--store", store)...)
			}
			for _, v := range verbs {
				if name == "server" && strings.HasPrefix(v.command, "import") {
					continue // there is no file: it wasn't exported
				}
				out, told, code := run(v.command)
				switch {
				case name == "server" && v.server == onServer:
					if code != 2 || !strings.Contains(told, onServer) {
						t.Errorf("aeon %s: %d, %s", v.command, code, told)
					}
				case name == "server" && v.server != "":
					if code != 0 || !strings.Contains(out, v.server) {
						t.Errorf("aeon %s: %d, %s%s", v.command, code, out, told)
					}
				case code != 0 || !strings.Contains(out, v.want):
					t.Errorf("aeon %s: %d, %s%s", v.command, code, out, told)
				}
			}
			for _, v := range refused {
				want, wantCode := v.want, v.code
				if name == "server" {
					want, wantCode = onServer, 2
				}
				if _, told, code := run(v.command); code != wantCode || !strings.Contains(told, want) {
					t.Errorf("aeon %s: %d, %s", v.command, code, told)
				}
			}
		})
	}
}

// Each exit code is what the help says.
func TestExitCodes(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "cut.ndjson"), []byte(`{"aeon":"archive","format":1}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	server := dev(t, "--db", ":memory:").url
	for _, step := range []struct {
		command string
		code    int
	}{
		{"append k incremented", 0},
		{"import cut.ndjson", 1},
		{"redrive counters nobody", 0}, // nothing is to be done
		{"append", 2},
		{"append k t --expected x", 2},
		{"read k --frobnicate", 2},
		{"read k --start x", 2},
		{"frobnicate", 2},
		{"head k --store none.db", 2},
		{"append k incremented --expected 0", 3},
		{"append k incremented --expected 0 --store " + server, 0},
		{"append k incremented --expected 0 --store " + server, 3},
		{"append k incremented --idempotency-key i", 0},
		{"append k decremented --idempotency-key i", 3},
		{"view counters nobody", 4},
		{"view nothing", 4},
		{"view counters k --revision 99", 4},
		{"view counters nobody --store " + server, 4},
		{"rebuild nothing", 4},
		{"head k --store http://127.0.0.1:1", 5},
		{"head k --store dynamodb:http://127.0.0.1:1", 5},
		{"dev --store " + server, 2},
		{"dev --store a.db --db b.db", 2},
		{"dev --store dynamodb", 2},
		{"completion tcsh", 2},
	} {
		out, told, code := aeon(t, folder, "none", strings.Fields(step.command)...)
		if code != step.code {
			t.Errorf("aeon %s: %d, want %d\n%s%s", step.command, code, step.code, out, told)
		}
		if (told == "") != (code == 0) || strings.Contains(told, "goroutine") {
			t.Errorf("aeon %s: %d, and says %q", step.command, code, told)
		}
	}
}

// interrupted starts a command with an input that doesn't end, and interrupts it, at the latest when it prints what matches the
// last of these; when it prints what matches the first, something else is done. It answers what it printed, and its exit code.
func interrupted(t *testing.T, first string, then func(), last string, args ...string) (string, int) {
	t.Helper()
	cmd := exec.Command(binary, args...)
	cmd.Env = withTables("tail")
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	in, keepOpen, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _, _ = read.Close(), in.Close(), keepOpen.Close() })
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, write, write
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	watchdog := time.AfterFunc(3*time.Minute, func() { _ = cmd.Process.Kill() })
	defer watchdog.Stop()
	_ = write.Close()
	interrupt := func() {
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			t.Error(err)
		}
	}
	if last == "" {
		const anywhere = 50 * time.Millisecond // it prints nothing, may be wherever it wants, and should end all the same
		time.AfterFunc(anywhere, interrupt)
	}
	var printed strings.Builder
	for lines := bufio.NewScanner(read); lines.Scan(); {
		printed.WriteString(lines.Text() + "\n")
		if then != nil && strings.Contains(lines.Text(), first) {
			go then()
			then = nil
		}
		if last != "" && strings.Contains(lines.Text(), last) {
			interrupt()
		}
	}
	var failed *exec.ExitError
	if err := cmd.Wait(); err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	return printed.String(), cmd.ProcessState.ExitCode()
}

// tail -f shows what comes and passes its filters, and nothing else, until Ctrl-C, which is how it ends.
func TestTailFollows(t *testing.T) {
	t.Parallel()
	endpoint := "dynamodb:" + dynamolocal.Shared(t).Endpoint()
	for name, store := range map[string]string{
		"file": filepath.Join(t.TempDir(), "a.db"), "server": dev(t, "--db", ":memory:").url, "DynamoDB": endpoint,
	} {
		t.Run(name, func(t *testing.T) {
			if name == "DynamoDB" {
				aeon(t, ".", "tail", "tables", "create", "--store", store)
			}
			add := func(key, event string) {
				if _, told, code := aeon(t, ".", "tail", "append", key, event, "--store", store); code != 0 {
					t.Error(told)
				}
			}
			add("tail/old", "wanted")
			out, code := interrupted(t, "tail/old", func() {
				add("tail/a", "wanted")
				add("tail/b", "other")
				add("else", "wanted")
				add("tail/last", "wanted")
			}, "tail/last", "tail", "-f", "-n", "1", "--key-prefix", "tail/", "--type", "wanted", "--store", store)
			for text, want := range map[string]int{"tail/old": 1, "tail/a": 1, "tail/b": 0, "else": 0, "tail/last": 1} {
				if strings.Count(out, text) != want {
					t.Errorf("%s is there %d times, want %d:\n%s", text, strings.Count(out, text), want, out)
				}
			}
			if code != 0 {
				t.Errorf("it ended with %d", code)
			}
		})
	}
}

// Ctrl-C ends whatever is under way, with an exit code of its own.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	db := filepath.Join(t.TempDir(), "a.db")
	if out, code := interrupted(t, "", nil, "", "append", "k", "--store", db); code != 130 && code != -1 {
		t.Errorf("append from an input that doesn't end: %d, %s", code, out)
	}
	if out, code := interrupted(t, "", nil, "", "import", "-", "--store", db); code != 130 && code != -1 {
		t.Errorf("import from an input that doesn't end: %d, %s", code, out)
	}
	in := filepath.Join(t.TempDir(), "in.ndjson")
	writeArchive(t, in, 100_000)
	out, code := interrupted(t, "", nil, "", "import", in, "--store", db)
	if code != 130 && code != -1 || code == 130 && !strings.Contains(out, "run it again to go on") {
		t.Errorf("import of a large file: %d, %s", code, out)
	}
}
