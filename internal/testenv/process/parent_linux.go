package process

import "syscall"

// dieWithParent lets the kernel terminate the child when the test process dies. SIGTERM, so that a
// child with children of its own still gets to end those.
func dieWithParent(attr *syscall.SysProcAttr) {
	attr.Pdeathsig = syscall.SIGTERM
}
