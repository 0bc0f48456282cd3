// Package cputime tells how long processors have worked for a process.
package cputime

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// Of is the time that processors have worked for a process and all its threads, to the nanosecond. An error where the system has no such
// clock: Linux has.
func Of(pid int) (time.Duration, error) {
	const perProcess = 2 // clock_getcpuclockid(3): the clock of a process is made of its complement
	var t unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|perProcess), &t); err != nil {
		return 0, fmt.Errorf("processor time of process %d: %w", pid, err)
	}
	return time.Duration(t.Nano()), nil
}
