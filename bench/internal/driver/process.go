package driver

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/aeon-es/aeon/bench/internal/cputime"
)

// Program says how a contender's driver is run.
type Program struct {
	Name string   // as the figures call it
	Path string   // the program
	Args []string // its arguments
	Env  []string // besides the environment of this process, as NAME=value
}

// Process is a driver that runs. Not for concurrent use.
type Process struct {
	name   string
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *bufio.Scanner
	errors strings.Builder
	ended  bool
}

// Start starts a driver on the DynamoDB at endpoint.
func Start(ctx context.Context, p Program, endpoint, prefix string) (*Process, error) {
	cmd := exec.CommandContext(ctx, p.Path, p.Args...) //nolint:gosec // the drivers are listed in this program
	d := &Process{name: p.Name, cmd: cmd}
	cmd.Env = append(append(os.Environ(), p.Env...), "BENCH_ENDPOINT="+endpoint, "BENCH_PREFIX="+prefix,
		"AWS_ACCESS_KEY_ID=local", "AWS_SECRET_ACCESS_KEY=local", "AWS_REGION=us-east-1", "AWS_DEFAULT_REGION=us-east-1")
	cmd.Stderr = &d.errors
	cmd.WaitDelay = time.Second
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if d.in, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	d.out = bufio.NewScanner(out)
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the driver of %s: %w", p.Name, err)
	}
	return d, nil
}

// Do has the driver do something, and gives its answer.
func (d *Process) Do(c Command) (Answer, error) {
	line, err := json.Marshal(c)
	if err != nil {
		return Answer{}, err
	}
	if _, err := d.in.Write(append(line, '\n')); err != nil {
		return Answer{}, d.failed(c, err)
	}
	if !d.out.Scan() {
		return Answer{}, d.failed(c, errors.Join(d.out.Err(), io.ErrUnexpectedEOF))
	}
	var answer Answer
	if err := json.Unmarshal(d.out.Bytes(), &answer); err != nil {
		return Answer{}, d.failed(c, fmt.Errorf("it answered %q: %w", d.out.Text(), err))
	}
	if answer.Error != "" {
		return answer, fmt.Errorf("%s: %s %q: %s", d.name, c.Do, c.Key, answer.Error)
	}
	return answer, nil
}

// Processor is how long processors have worked for the driver.
func (d *Process) Processor() (time.Duration, error) { return cputime.Of(d.cmd.Process.Pid) }

// failed ends a driver that doesn't answer any more: what it printed is whole then.
func (d *Process) failed(c Command, err error) error {
	_ = d.Stop() // the error is told already
	return fmt.Errorf("%s: %s: %w; it printed:\n%s", d.name, c.Do, err, d.errors.String())
}

// Stop ends the driver, which ends with its input.
func (d *Process) Stop() error {
	if d.ended {
		return nil
	}
	d.ended = true
	return errors.Join(d.in.Close(), d.cmd.Wait())
}
