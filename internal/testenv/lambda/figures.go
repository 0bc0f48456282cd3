package lambda

// Figures are how often things happened.
type Figures struct {
	Invocations, Sandboxes, Failed, TimedOut, Crashed, InitFailed, Throttled int
	// AtOnce is the most sandboxes that there were at a time.
	AtOnce int
}

func (f *Function) count(r Result) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.counts.Invocations++
	switch r.Outcome {
	case Answered:
	case Failed:
		f.counts.Failed++
	case TimedOut:
		f.counts.TimedOut++
	case Crashed:
		f.counts.Crashed++
	case InitFailed:
		f.counts.InitFailed++
	case Throttled:
		f.counts.Throttled++
	}
}

// Figures are those until now.
func (f *Function) Figures() Figures {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.counts
}

// PIDs are the numbers of the sandboxes' processes.
func (f *Function) PIDs() (all []int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range f.all {
		all = append(all, s.process.PID())
	}
	return all
}
