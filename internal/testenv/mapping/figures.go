package mapping

import "fmt"

// Figures are how often things happened.
type Figures struct {
	// Read and Finished are records. Redelivered is how often a function got one that it had before. Discarded are given up.
	Read, Finished, Redelivered, Discarded int
	// Invocations are tries, of which some ended badly.
	Invocations, Errors, TimedOut, Crashed, Throttled int
	// PartialFailures and WholeFailures are responses that ask for a part of the batch again, or for all of it by what is wrong with them.
	PartialFailures, WholeFailures, Bisects int
}

// String is one line.
func (f Figures) String() string {
	return fmt.Sprintf("%d records read, %d finished, %d redelivered, %d discarded; %d invocations: %d errors, %d timed out, %d crashed, "+
		"%d throttled, %d failed in part, %d as a whole, %d bisects", f.Read, f.Finished, f.Redelivered, f.Discarded,
		f.Invocations, f.Errors, f.TimedOut, f.Crashed, f.Throttled, f.PartialFailures, f.WholeFailures, f.Bisects)
}
