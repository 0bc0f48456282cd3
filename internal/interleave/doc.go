// Package interleave runs concurrent code in every order in which its steps can happen, for tests. A step is
// one atomic request to something shared, such as a put to a database; what lies between two steps of a task is
// its own business. The code is the real one: only the database, say, is wrapped, by a few lines that call
// [Read] or [Write] for each request:
//
//	func (b scheduled) Load(ctx context.Context, id RowID) (Stored, error) {
//		return interleave.Read(ctx, interleave.On("row "+id.ID), "load", func(ctx context.Context) (Stored, error) {
//			return b.Backend.Load(ctx, id)
//		})
//	}
//
// A test describes a scenario, and [Explore] runs it again and again, each time in another order, until there is
// no other:
//
//	interleave.Explore(t, interleave.Options{Faults: 1}, func(r *interleave.Run) func() error {
//		b := scheduled{memory.New()}
//		a := r.Go("a", func(ctx context.Context) { … })
//		r.Go("b", func(ctx context.Context) { … })
//		return func() error { … } // says what is wrong afterwards
//	})
//
// # Faults
//
// Besides the order, a run may have faults, at any step, up to a number. The answer to a step can be lost: its caller gets
// [ErrLost]. A process can crash: none of its tasks gets an answer any more. In both cases a write that was on its way
// stays on its way: it takes effect right then, at any later time (before or after the caller's next try), or never.
//
// # What is left out
//
// Two orders that differ only in steps which can't influence each other are one to the code, and only one of
// them is run (by sleep sets): steps of different processes that touch different things, or that both only read.
// Hence whatever tasks share other than by steps, such as a cache, makes them one process. For the same reason faults
// strike a step as soon as it is on its way, not later.
//
// Time is that of [testing/synctest], and passes at once: a moment before each choice, and a minute where some task waits for
// something that is no step, so that whoever backs off has come to its next step by then, which may be done at any later
// time. So a back-off of any length is explored as no different from one of any other.
//
// Code between steps must be deterministic, but for names and numbers that have no influence on what it does: a run is
// identified by the list of its choices, and a failure prints how to repeat it.
package interleave
