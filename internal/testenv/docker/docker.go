// Package docker makes sure that a container engine answers, with the image in it that `sam local` runs
// functions in.
//
// An engine that answers is used as it is. Where none does, on Linux and as root, the package starts one
// in a scratch folder. That engine leaves the machine's packet filter alone: containers reach this machine
// and are reached from it, and nothing else.
package docker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aeon-es/aeon/internal/testenv/process"
	"github.com/aeon-es/aeon/internal/testenv/toolsdir"
)

const (
	commandTimeout = 3 * time.Minute // the longest is a pull
	startTimeout   = time.Minute
	stopGrace      = 30 * time.Second // for containers to end
)

// Engine is a container engine that answers.
type Engine struct {
	host string // for DOCKER_HOST; "" is what the docker command finds by itself

	// Of somebody's own engine that got the stand-in:
	imported bool
	before   []string // the images of that name that were there

	// Of an engine that this package started:
	process *process.Process
	scratch string
	lock    *os.File
}

// Start returns an engine that has the base image, for the length of the test. It fails the test, and
// never skips it, when there is no engine and none can be started.
//
// Only one engine at a time can own the machine's container network: a test waits for the engine that
// a test of another package has started.
func Start(tb testing.TB) *Engine {
	tb.Helper()
	e := &Engine{}
	tb.Cleanup(func() {
		if err := e.stop(); err != nil {
			tb.Errorf("container engine: %v", err)
		}
	})
	if _, err := e.docker("version", "--format", "{{.Server.Version}}"); err != nil {
		if startErr := e.startDaemon(); startErr != nil {
			tb.Fatalf("container engine: none answers (%v), and none can be started: %v", err, startErr)
		}
	}
	if err := e.ensureBaseImage(); err != nil {
		tb.Fatalf("container engine: %v", err)
	}
	return e
}

// Env returns the environment that leads docker and sam to the engine.
func (e *Engine) Env() []string {
	if e.host == "" {
		return nil
	}
	return []string{"DOCKER_HOST=" + e.host}
}

// HostAddress returns the IP address at which a container reaches this machine. A server has to listen
// there, or on every address, to be reached.
func (e *Engine) HostAddress() (string, error) {
	return e.docker("network", "inspect", "bridge", "--format", "{{(index .IPAM.Config 0).Gateway}}")
}

// BaseImage returns the name of the image that SAM runs functions of the runtime provided.al2023 in.
func BaseImage() string {
	if runtime.GOARCH == "arm64" {
		return "public.ecr.aws/lambda/provided:al2023-arm64"
	}
	return "public.ecr.aws/lambda/provided:al2023-x86_64"
}

// ensureBaseImage takes the image that is there, else the stand-in that tools/install made, else the
// real one from its registry. tools/install makes the stand-in only where that cannot be pulled.
func (e *Engine) ensureBaseImage() error {
	if _, err := e.docker("image", "inspect", BaseImage()); err == nil {
		return nil
	}
	standIn, err := toolsdir.Path("base-image", "stand-in.tar")
	if err == nil {
		return e.importImage(standIn)
	}
	if _, pullErr := e.docker("pull", BaseImage()); pullErr != nil {
		return errors.Join(err, pullErr)
	}
	return nil
}

func (e *Engine) importImage(tar string) (err error) {
	if e.before, err = e.images(); err != nil {
		return err
	}
	e.imported = true
	_, err = e.docker("import",
		"--change", "WORKDIR /var/task",
		"--change", "ENV LAMBDA_TASK_ROOT=/var/task LAMBDA_RUNTIME_DIR=/var/runtime PATH=/usr/local/bin:/usr/bin:/bin:/opt/bin TZ=:UTC",
		tar, BaseImage())
	return err
}

// images returns the base images, and those that SAM has built upon them under the same name.
func (e *Engine) images() ([]string, error) {
	name, _, _ := strings.Cut(BaseImage(), ":")
	listed, err := e.docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}", name)
	return strings.Fields(listed), err
}

// removeStandIn removes the stand-in, and what SAM has built upon it: neither may stay in somebody's own
// engine under the name of the real one.
func (e *Engine) removeStandIn() error {
	now, err := e.images()
	if err != nil {
		return err
	}
	for _, image := range now {
		if !slices.Contains(e.before, image) {
			_, removeErr := e.docker("rmi", image)
			err = errors.Join(err, removeErr)
		}
	}
	return err
}

// docker runs the docker command against the engine, and returns what it printed.
func (e *Engine) docker(args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), commandTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, "docker", args...)
	cmd.Env = append(os.Environ(), e.Env()...)
	var errOut bytes.Buffer
	cmd.Stderr = &errOut
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("docker %s: %w: %s", args[0], err, bytes.TrimSpace(errOut.Bytes()))
	}
	return strings.TrimSpace(string(out)), nil
}

// startDaemon starts an engine of our own. Without rules in the packet filter (which dockerd would
// otherwise also make drop whatever the machine forwards) containers have no way to the outside; what
// they need is on this machine.
func (e *Engine) startDaemon() error {
	program, err := exec.LookPath("dockerd")
	if err != nil {
		return errors.Join(err, errors.New("run tools/install container-engine"))
	}
	if os.Geteuid() != 0 {
		return errors.New("only root can start dockerd: start it, and make sure that `docker version` shows a server")
	}
	if e.lock, err = lockNetwork(); err != nil {
		return err
	}
	// Not the test's own folder: the path of a socket may have no more than some hundred bytes.
	if e.scratch, err = os.MkdirTemp("", "aeon-docker-"); err != nil {
		return err
	}
	e.host = "unix://" + filepath.Join(e.scratch, "docker.sock")
	e.process, err = process.Start(process.Command{
		Name: "dockerd", Path: program, Dir: e.scratch,
		Args: []string{
			"--host", e.host,
			"--data-root", filepath.Join(e.scratch, "data"),
			"--exec-root", filepath.Join(e.scratch, "exec"),
			"--pidfile", filepath.Join(e.scratch, "pid"),
			"--iptables=false", "--ip6tables=false", "--ip-masq=false",
		},
	})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	return e.process.WaitUntil(ctx, func(context.Context) error {
		_, err := e.docker("version", "--format", "{{.Server.Version}}")
		return err
	})
}

// lockNetwork waits until no other test process runs an engine. The system lets the lock go with this process.
func lockNetwork() (*os.File, error) {
	file, err := os.OpenFile(filepath.Join(os.TempDir(), "aeon-docker.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); err != nil {
		return nil, errors.Join(fmt.Errorf("wait for the engine of another test: %w", err), file.Close())
	}
	return file, nil
}

// stop undoes what Start did, however far it came.
func (e *Engine) stop() error {
	var errs []error
	if e.process == nil && e.imported {
		errs = append(errs, e.removeStandIn())
	}
	if e.process != nil {
		errs = append(errs, e.process.Stop(stopGrace))
	}
	if e.scratch != "" {
		errs = append(errs, os.RemoveAll(e.scratch))
	}
	if e.lock != nil {
		errs = append(errs, e.lock.Close())
	}
	return errors.Join(errs...)
}
