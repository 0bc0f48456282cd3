package killed

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"time"

	"github.com/aeon-es/aeon/projector"
)

// variable tells a process of a test binary to work on what its value names, instead of running tests.
const variable = "AEON_TEST_KILLED"

// Main is what a TestMain does first: in a process that is to be killed it works, and answers true once that has ended. work is told
// where to work, and is to say each step that it takes to steps: see [Telling].
func Main(work func(where string, steps io.Writer) error) bool {
	where, ok := os.LookupEnv(variable)
	if !ok {
		return false
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // ends with the test, however that ends
		os.Exit(1)
	}()
	if err := work(where, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return true
}

// command is a process that works, and is killed when ctx ends.
func command(ctx context.Context, where string) (cmd *exec.Cmd, said io.Reader, err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, nil, err
	}
	cmd = exec.CommandContext(ctx, self) //nolint:gosec // this test binary
	cmd.Env = append(os.Environ(), variable+"="+where)
	cmd.Stderr = os.Stderr
	if _, err = cmd.StdinPipe(); err != nil {
		return nil, nil, err
	}
	said, err = cmd.StdoutPipe()
	return cmd, said, err
}

// workAndDie runs a process, and kills it after some of its steps, wherever it is by then.
func workAndDie(ctx context.Context, where string, steps chan<- struct{}) error {
	cmd, out, err := command(ctx, where)
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	said, left := bufio.NewScanner(out), 1+rand.N(60) //nolint:gosec // any moment will do
	for ; left > 0 && said.Scan(); left-- {
		select {
		case steps <- struct{}{}:
		default:
		}
	}
	killed := cmd.Process.Kill()
	ended := cmd.Wait()
	if left > 0 || killed != nil {
		return errors.Join(fmt.Errorf("a process ended before it was killed: %w", ended), killed)
	}
	return nil
}

// work runs a process until ctx ends.
func work(ctx context.Context, where string) error {
	cmd, out, err := command(ctx, where)
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	_, _ = io.Copy(io.Discard, out)
	if err := cmd.Wait(); ctx.Err() == nil {
		return fmt.Errorf("a process ended by itself: %w", err)
	}
	return nil
}

// Telling is a backend that says, before and after each write, that it is one step further. Before a write it hesitates: what it was
// based on may have been read long before, also where the database is quick, so that others come between.
func Telling(b projector.Backend, steps io.Writer) projector.Backend {
	told := telling{b, func() {
		_, _ = io.WriteString(steps, "step\n") // who isn't there to hear it has gone
	}}
	if each, ok := b.(projector.EachSaver); ok {
		return tellingEach{told, each}
	}
	return told
}

type telling struct {
	projector.Backend
	step func()
}

// Save implements [projector.Backend].
func (b telling) Save(ctx context.Context, writes ...projector.Write) (bool, error) {
	b.step()
	defer b.step()
	hesitate()
	return b.Backend.Save(ctx, writes...)
}

type tellingEach struct {
	telling
	each projector.EachSaver
}

// SaveEach implements [projector.EachSaver].
func (b tellingEach) SaveEach(ctx context.Context, writes ...projector.Write) ([]bool, error) {
	b.step()
	defer b.step()
	hesitate()
	return b.each.SaveEach(ctx, writes...)
}

func hesitate() { time.Sleep(rand.N(3 * time.Millisecond)) } //nolint:gosec // any moment will do
