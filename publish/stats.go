package publish

// Stats counts what a [Publisher] has done.
type Stats struct {
	Events      int64 // that EventBridge took
	WithoutData int64 // of those, the ones that left out data or metadata
	Requests    int64
	SentAgain   int64 // entries that were sent again
}

// Stats are the counts up to now; those of a batch are added when it has ended.
func (p *Publisher) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stats
}

func (p *Publisher) count(done Stats) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stats.add(done)
}

func (s *Stats) add(t Stats) {
	s.Events += t.Events
	s.WithoutData += t.WithoutData
	s.Requests += t.Requests
	s.SentAgain += t.SentAgain
}
