package lambda

// Kill ends the sandbox with that access key at once, as a crash does. false: it isn't one of this function, or is gone.
func (f *Function) Kill(key string) bool {
	return f.strike(key, func(s *sandbox) { _ = s.process.Stop(0) }) // the rest is done when its end is noticed
}

// Freeze keeps the sandbox with that access key from running on, so that its time passes. false: as for Kill.
func (f *Function) Freeze(key string) bool { return f.strike(key, (*sandbox).freeze) }

func (f *Function) strike(key string, do func(*sandbox)) bool {
	f.mu.Lock()
	s := f.all[key]
	f.mu.Unlock()
	if s == nil {
		return false
	}
	do(s)
	return true
}

// Recycle ends the sandboxes that are idle, as Lambda does after a while or for new code: the next invocation starts another.
func (f *Function) Recycle() {
	f.mu.Lock()
	idle := f.idle
	f.idle = nil
	f.mu.Unlock()
	for _, s := range idle {
		f.discard(s)
	}
}

// Busy are the access keys of the sandboxes that have an event in their hands.
func (f *Function) Busy() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var keys []string
	for key, s := range f.all {
		s.mu.Lock()
		if s.current != nil {
			keys = append(keys, key)
		}
		s.mu.Unlock()
	}
	return keys
}
