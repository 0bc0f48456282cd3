// Package process runs a server as a child of the test that needs it: in a process group of its own,
// waited for until it answers, stopped with everything it started, and never left behind.
package process

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// Command says what to run.
type Command struct {
	Name string   // what messages call it, such as "DynamoDB Local"
	Path string   // the program
	Args []string // its arguments, without the program's name
	Env  []string // its whole environment; nil is that of the test
	Dir  string   // its working directory; "" is that of the test
}

// Process is a running child.
type Process struct {
	name   string
	cmd    *exec.Cmd
	output *tail
	ended  chan struct{} // closed once the child has ended and been waited for
}

// Start starts the child. On Linux it is told to terminate when the test process dies, however that dies.
func Start(c Command) (*Process, error) {
	cmd := exec.Command(c.Path, c.Args...)
	cmd.Env, cmd.Dir = c.Env, c.Dir
	output := &tail{}
	cmd.Stdout, cmd.Stderr = output, output
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	dieWithParent(cmd.SysProcAttr)
	// A grandchild that survives the child must not keep Wait from returning.
	cmd.WaitDelay = time.Second

	p := &Process{name: c.Name, cmd: cmd, output: output, ended: make(chan struct{})}
	started := make(chan error, 1)
	go p.run(started)
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", c.Name, err)
	}
	return p, nil
}

// run starts the child and waits for its end on one operating system thread: "die with the parent" means
// with the parent's thread, which the Go runtime might end long before the process.
func (p *Process) run(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := p.cmd.Start()
	started <- err
	if err == nil {
		// How it ended is of no interest: it serves until it is stopped, and what it said is in its output.
		_ = p.cmd.Wait()
		close(p.ended)
	}
}

// PID returns the child's process id, which is its process group's, too.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Output returns the end of what the child has printed.
func (p *Process) Output() string { return p.output.String() }

// Ended is closed once the child has ended.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// Exit says how the child ended, such as "exit status 1" or "signal: killed". Call it once it has.
func (p *Process) Exit() string { return p.cmd.ProcessState.String() }

// Freeze keeps the child and its process group from running, until Thaw. One that has ended stays as it is.
func (p *Process) Freeze() { _ = p.signal(syscall.SIGSTOP) }

// Thaw lets a frozen child run on.
func (p *Process) Thaw() { _ = p.signal(syscall.SIGCONT) }

// WaitUntil asks ready every now and then until it returns nil. It fails when the child ends before
// that, or the context does; the error then holds ready's last answer and the end of the child's output.
func (p *Process) WaitUntil(ctx context.Context, ready func(context.Context) error) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		err := ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-p.ended:
			return fmt.Errorf("%s ended instead of answering (%s); its output:\n%s", p.name, p.cmd.ProcessState, p.Output())
		case <-ctx.Done():
			return fmt.Errorf("%s didn't answer in time: %w; its output:\n%s", p.name, err, p.Output())
		case <-tick.C:
		}
	}
}

// Stop ends the child and everything in its process group: by SIGTERM first, by SIGKILL for what is
// left when the grace is over. A grace of 0 kills at once. It returns when the child is gone.
func (p *Process) Stop(grace time.Duration) error {
	if grace > 0 {
		if err := p.signal(syscall.SIGTERM); err != nil {
			return err
		}
		select {
		case <-p.ended:
		case <-time.After(grace):
		}
	}
	if err := p.signal(syscall.SIGKILL); err != nil {
		return err
	}
	<-p.ended
	return nil
}

// signal sends to the whole process group, which outlives the child as long as one of its processes does.
func (p *Process) signal(s syscall.Signal) error {
	err := syscall.Kill(-p.PID(), s)
	if err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("stop %s: send %s to process group %d: %w", p.name, s, p.PID(), err)
	}
	return nil
}
