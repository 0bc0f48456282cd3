package docker

import (
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

func TestEngineRunsTheBaseImageAndStops(t *testing.T) {
	before := packetFilter(t)
	var engine *Engine
	t.Run("running", func(t *testing.T) {
		engine = Start(t)
		// The image's own entry point, where it has one, waits for events.
		listed, err := engine.docker("run", "--rm", "--entrypoint", "/bin/ls", BaseImage(), "/var")
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"runtime", "task"} {
			if !slices.Contains(strings.Fields(listed), want) {
				t.Errorf("the image's /var holds %q, want %q in it", listed, want)
			}
		}
		address, err := engine.HostAddress()
		if err != nil || net.ParseIP(address) == nil {
			t.Errorf("HostAddress() = %q, %v; want an IP address", address, err)
		}
	})
	if engine.process == nil {
		return // somebody's own engine, which goes on
	}
	if got, err := engine.docker("version"); err == nil {
		t.Errorf("the engine still answers after its test: %s", got)
	}
	if _, err := os.Stat(engine.scratch); !os.IsNotExist(err) {
		t.Errorf("the scratch folder %s is still there (%v)", engine.scratch, err)
	}
	if after := packetFilter(t); after != before {
		t.Errorf("the packet filter was changed; before:\n%s\nafter:\n%s", before, after)
	}
}

func TestStandInDoesNotStayInSomebodysEngine(t *testing.T) {
	outer := Start(t)
	if outer.process == nil {
		return // the images of an engine that isn't ours are left alone
	}
	if _, err := outer.docker("rmi", BaseImage()); err != nil {
		t.Fatal(err)
	}
	t.Setenv("DOCKER_HOST", outer.host)
	t.Run("borrowing", func(t *testing.T) {
		if inner := Start(t); inner.process != nil || !inner.imported {
			t.Errorf("the engine that answers wasn't borrowed: %+v", inner)
		}
		// As SAM does, under a tag of its own.
		if _, err := outer.docker("tag", BaseImage(), strings.Replace(BaseImage(), "al2023-", "al2023-rapid-", 1)); err != nil {
			t.Error(err)
		}
	})
	if left, err := outer.images(); err != nil || len(left) > 0 {
		t.Errorf("images left behind: %v, %v", left, err)
	}
}

// packetFilter returns the rules of the packet filter, without its counters; "" where it can't be asked.
func packetFilter(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("iptables", "-S").Output()
	if err != nil {
		t.Logf("iptables -S: %v", err)
		return ""
	}
	return string(out)
}
