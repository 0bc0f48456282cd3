//go:build unix && !linux

package process

import "syscall"

// dieWithParent does nothing: only Linux offers this. Elsewhere a test that is killed (rather than
// failed, timed out or interrupted within its cleanup) leaves its servers running.
func dieWithParent(*syscall.SysProcAttr) {}
