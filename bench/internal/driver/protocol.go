// Package driver speaks to the programs that the contenders run in: each in a process of its own, with its own client and that
// client's defaults. A driver reads a command per line of JSON and answers with a line, on standard input and output. The loop is the
// contender's and so is the clock: what it takes to hand a command over is in no figure.
//
// A driver is told by BENCH_ENDPOINT where DynamoDB is, and by BENCH_PREFIX how its tables' names begin.
package driver

// Command is what a driver is asked to do.
type Command struct {
	// Do is one of:
	//
	//	setup     create the tables, and get ready
	//	append    append Events events to Key, as Expect says
	//	together  Writers writers at once append Each times Events events (0: 1), each to a key of its own or, if Hot, all to Key
	//	storm     Writers writers at once append 1 event to Key, each as its first
	//	stale     append 1 event to Key as its first, though it is not
	//	retry     append 1 event to Key twice, as a client does whose first answer was lost
	//	read      read all events of Key
	//	snapshot  append 1 event to Key, and keep a snapshot of the state behind it
	//	load      load the state of Key from its snapshot and the events since; Events of the answer is the revision of the state
	//	readall   read the events of all keys
	//	forget    go on as a process that has just started
	Do  string `json:"do"`
	Key string `json:"key,omitempty"`
	// Events is how many.
	Events  int  `json:"events,omitempty"`
	Writers int  `json:"writers,omitempty"`
	Each    int  `json:"each,omitempty"`
	Hot     bool `json:"hot,omitempty"`
	// Expect is "new" for the first append to a key, "known" behind the head that the last append left, "latest" behind the one that is
	// read first, or one of the further ways that a driver has.
	Expect string `json:"expect,omitempty"`
}

// Answer is what came of a command.
type Answer struct {
	// Nanos is how long it took, by the driver's clock.
	Nanos int64 `json:"nanos"`
	// Events is how many were stored or read.
	Events int `json:"events"`
	// Outcome is "stored", "conflict" where the contender reported one, or "duplicate" where it knew its own repeat; "none" if it
	// has no such thing.
	Outcome string `json:"outcome,omitempty"`
	// Error says why the command couldn't be done.
	Error string `json:"error,omitempty"`
}

// The outcomes.
const (
	Stored    = "stored"
	Conflict  = "conflict"
	Duplicate = "duplicate"
	None      = "none"
)
