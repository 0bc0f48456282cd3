// Package port finds TCP ports for servers that cannot be told to pick one themselves.
package port

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// The range lies below the ports that systems hand out by themselves (from 32768 on Linux, from 49152
// elsewhere), so neither an outgoing connection nor a listener on port 0 takes a port between the moment
// it is found free and the moment its server listens.
const (
	lowest  = 20000
	highest = 29999
	tries   = 200
)

// Reservation is a port that nobody listens on, and that no other test process is given until Release.
type Reservation struct {
	Number int
	lock   *os.File
}

// Reserve finds a free port. It stays reserved across all test processes of the machine until Release,
// or until this process ends, however it ends.
func Reserve() (*Reservation, error) {
	var last error
	for range tries {
		number := lowest + rand.IntN(highest-lowest+1)
		r, err := reserve(number)
		if err == nil {
			return r, nil
		}
		last = err
	}
	return nil, fmt.Errorf("find a free port: none among %d tried from %d to %d, the last because: %w", tries, lowest, highest, last)
}

// Address returns 127.0.0.1 with the port.
func (r *Reservation) Address() string {
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(r.Number))
}

// Release gives the port back. Call it once the server has stopped.
func (r *Reservation) Release() error {
	return r.lock.Close()
}

func reserve(number int) (*Reservation, error) {
	lock, err := lockFile(number)
	if err != nil {
		return nil, err
	}
	if err := free(number); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return &Reservation{Number: number, lock: lock}, nil
}

// lockFile takes the machine-wide lock of a port. The system lets it go with the process that holds it.
// The files stay: removing one would let two processes lock two files of the same name.
func lockFile(number int) (*os.File, error) {
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("aeon-test-ports-%d", os.Getuid()))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(filepath.Join(dir, strconv.Itoa(number)), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("port %d is reserved by another test process: %w", number, err), file.Close())
	}
	return file, nil
}

// free tells whether nobody listens on the port, on loopback or on all addresses: both are tried
// because a server that listens on one of them doesn't always keep the other from being bound.
func free(number int) error {
	for _, host := range []string{"127.0.0.1", ""} {
		listener, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(number)))
		if err != nil {
			return err
		}
		if err := listener.Close(); err != nil {
			return err
		}
	}
	return nil
}
