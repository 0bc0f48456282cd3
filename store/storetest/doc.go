// Package storetest says what a [store.Backend] is, as tests: [Run] holds a backend to it. A backend's own test needs
// nothing but a constructor:
//
//	func TestBackend(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) store.Backend {
//			b, err := sqlite.Open(filepath.Join(t.TempDir(), "test.db"))
//			// … handle err, t.Cleanup(b.Close) …
//			return b
//		})
//	}
//
// Most stories are told to the [store.Store] on top: what users get is what counts. Those of group "contract" are told to
// the backend itself. [Faulty] wraps a backend so that its answers get lost, late or refused; the suite
// uses it, and so can any test of something that appends.
package storetest
