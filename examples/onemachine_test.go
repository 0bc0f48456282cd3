package examples_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aeon-es/aeon/internal/testenv/dynamolocal"
	"github.com/aeon-es/aeon/internal/testenv/port"
	"github.com/aeon-es/aeon/internal/testenv/process"
)

// binaries are the programs that were built, for all tests.
var binaries struct {
	sync.Mutex
	dir string
}

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "aeon-examples-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	binaries.dir = dir
	dynamolocal.Main(m)
	if err := os.RemoveAll(dir); err != nil {
		panic(err)
	}
}

// program builds what runs an example on one machine, and gives the path of its binary.
func program(t *testing.T, name string) string {
	t.Helper()
	binaries.Lock()
	defer binaries.Unlock()
	path := filepath.Join(binaries.dir, name)
	if _, err := os.Stat(path); err != nil {
		// With the flags of all that is built for tests: what it has in common with that is compiled once.
		cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path, "./"+name)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", cmd, err, out)
		}
	}
	return path
}

// start runs what a README says runs the example, but for the address and what else is said here, and waits until it serves.
func (r readme) start(t *testing.T, name string, more ...string) (address string) {
	t.Helper()
	reserved, err := port.Reserve()
	if err != nil {
		t.Fatal(err)
	}
	args := slices.Concat(strings.Fields(r.run)[3:], []string{"--listen", reserved.Address()}, more) // what follows "go run ./examples/NAME"
	p, err := process.Start(process.Command{Name: name, Path: program(t, name), Args: args, Dir: t.TempDir(), Env: os.Environ()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("%s printed:\n%s", name, p.Output())
		}
		if err := p.Stop(10 * time.Second); err != nil {
			t.Error(err)
		}
		if err := reserved.Release(); err != nil {
			t.Error(err)
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := p.WaitUntil(ctx, func(ctx context.Context) error { return isServed(ctx, "http://"+reserved.Address()+"/") }); err != nil {
		t.Fatal(err)
	}
	return reserved.Address()
}

// isServed says whether there is a page.
func isServed(ctx context.Context, url string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s answers %s", url, response.Status)
	}
	_ = response.Body.Close()
	return err
}

// The commands of each README print what it says, on the embedded database.
func TestOnOneMachine(t *testing.T) {
	t.Parallel()
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := read(t, name)
			r.hold(t, r.start(t, name))
		})
	}
}

// So do those of the one with the most in it on DynamoDB.
func TestOnDynamoDB(t *testing.T) {
	t.Parallel()
	r := read(t, "leaderboard")
	r.hold(t, r.start(t, "leaderboard", "--dynamodb", dynamolocal.Shared(t).Endpoint()))
}
