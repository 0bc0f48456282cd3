// Package long lets a test do more than it usually does: more seeds, clients or events when it runs by
// `make long`. No test is left out by `make test`; a long one runs there at its usual size.
package long

import "os"

// Enabled tells whether the tests run by `make long`.
func Enabled() bool { return os.Getenv("AEON_LONG") == "1" }

// Or returns the first value by `make long`, else the usual one:
//
//	seeds := long.Or(100_000, 500)
func Or[T any](long, usual T) T {
	if Enabled() {
		return long
	}
	return usual
}
