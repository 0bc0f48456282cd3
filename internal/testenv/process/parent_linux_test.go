package process

import (
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// The test runs itself as a process that starts a server, and kills that process.
func TestServersDieWithTheTest(t *testing.T) {
	if os.Getenv("PROCESS_TEST_AS_PARENT") != "" {
		p := start(t, family)
		if err := p.WaitUntil(t.Context(), printed(p, "\n")); err != nil {
			t.Fatal(err)
		}
		_, _ = os.Stdout.WriteString("server " + strconv.Itoa(p.PID()) + "\n")
		time.Sleep(time.Minute)
	}
	self, err := Start(Command{
		Name: "the test itself", Path: os.Args[0], Args: []string{"-test.run=^" + t.Name() + "$"},
		Env: append(os.Environ(), "PROCESS_TEST_AS_PARENT=1"),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := self.WaitUntil(t.Context(), printed(self, "\n")); err != nil {
		t.Fatal(err)
	}
	server := numberAfter(t, self.Output(), "server ")
	if err := syscall.Kill(self.PID(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-self.Ended()
	waitUntilGone(t, server)
}
