// Package viewtest is for tests of views and process managers: give events, expect rows.
//
//	func TestCounters(t *testing.T) {
//		viewtest.Given(t, Counters(),
//			viewtest.Event("counter/1", "incremented", nil),
//			viewtest.Event("counter/1", "incremented", `{"by":2}`),
//		).ExpectRow("counter/1", Counter{Count: 3})
//	}
//
// [Given] has a real projector fold the events, in memory, and fails the test where it can't. It also tries what a projector may do to the
// view's code, and fails the test where that makes a difference to some row:
//
//   - the events are folded once more, with fresh copies;
//   - they come in two batches, cut behind each event, with the rows stored as JSON and read again in between;
//   - each comes by itself, and what was given to Apply and what it answered is wiped afterwards;
//   - in a view with IDs, those of different keys come in any other order: all orders where those are few, or some at random.
//     What is shown then is the least that makes a difference.
//
// And it fails the test where Apply modifies an event. [GivenReact] is the same for process managers.
package viewtest
