package function

import (
	"cmp"
	"context"
	"io"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/aeon-es/aeon/internal/emf"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// Metrics are in this namespace, with the store's name as their dimension.
const (
	Namespace = "Aeon"
	Dimension = "Store"
)

// Meter writes, behind each invocation, what has been counted in it. Safe for concurrent use.
type Meter struct {
	out   io.Writer
	log   *slog.Logger
	store string

	mu      sync.Mutex
	sources []source
	gauges  []func() (value emf.Metric, fresh bool)
}

// source is something that counts, and what its counts were when they were last written.
type source struct {
	read func() []emf.Metric
	last map[string]float64
}

// NewMeter makes one for the store that STORE_NAME names.
func NewMeter(out io.Writer, log *slog.Logger) *Meter {
	return &Meter{out: out, log: log, store: cmp.Or(os.Getenv("STORE_NAME"), "aeon")}
}

func (m *Meter) add(read func() []emf.Metric) {
	m.sources = append(m.sources, source{read: read, last: map[string]float64{}})
}

// OfStore has a store's counts written.
func (m *Meter) OfStore(s *store.Store) {
	m.add(func() []emf.Metric {
		c := s.Stats()
		return []emf.Metric{
			counted("Appends", c.Appends), counted("EventsAppended", c.Events), counted("Conflicts", c.Conflicts),
			counted("Duplicates", c.Duplicates), counted("AppendsThrottled", c.Throttled), counted("OutcomesUnknown", c.Unknown),
			counted("PositionsFarAhead", c.FarAhead),
		}
	})
}

// OfProjector has a projector's counts written.
func (m *Meter) OfProjector(p *projector.Projector) {
	m.add(func() []emf.Metric {
		c := p.Stats()
		return []emf.Metric{
			counted("EventsProjected", c.Events), counted("ItemsWritten", c.Items), counted("WritesRefused", c.Refused),
			counted("GapsHealed", c.Gaps), counted("Parked", c.Parked), counted("Unparked", c.Unparked), counted("Reactions", c.Reactions),
		}
	})
	var batches int64
	m.gauges = append(m.gauges, func() (emf.Metric, bool) {
		c := p.Stats()
		fresh := c.Batches > batches
		batches = c.Batches
		return emf.Metric{Name: "ProjectionLag", Unit: emf.Milliseconds, Value: float64(c.Lag.Milliseconds())}, fresh
	})
}

// OfPublisher has a publisher's counts written. They come as numbers, so that what publishes is linked into no other function.
func (m *Meter) OfPublisher(read func() (events, withoutData, sentAgain int64)) {
	m.add(func() []emf.Metric {
		events, withoutData, sentAgain := read()
		return []emf.Metric{
			counted("EventsPublished", events), counted("PublishedWithoutData", withoutData), counted("EntriesSentAgain", sentAgain),
		}
	})
}

// Names are those of the metrics that it can write.
func (m *Meter) Names() (names []string) {
	for _, s := range m.sources {
		for _, metric := range s.read() {
			names = append(names, metric.Name)
		}
	}
	for _, read := range m.gauges {
		metric, _ := read()
		names = append(names, metric.Name)
	}
	return names
}

func counted(name string, n int64) emf.Metric {
	return emf.Metric{Name: name, Unit: emf.Count, Value: float64(n)}
}

// Metered is h with its metrics.
func (m *Meter) Metered(h Handler) Handler {
	return func(ctx context.Context, event []byte) ([]byte, error) {
		defer m.write(ctx)
		return h(ctx, event)
	}
}

// write writes what has changed since it was last called: one line, or none.
func (m *Meter) write(ctx context.Context) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var metrics []emf.Metric
	for _, read := range m.gauges {
		if value, fresh := read(); fresh {
			metrics = append(metrics, value)
		}
	}
	for _, s := range m.sources {
		for _, now := range s.read() {
			change := now
			change.Value -= s.last[now.Name]
			s.last[now.Name] = now.Value
			if change.Value != 0 {
				metrics = append(metrics, change)
			}
		}
	}
	if len(metrics) == 0 {
		return
	}
	line, err := emf.Line(time.Now(), Namespace, map[string]string{Dimension: m.store}, metrics)
	if err == nil {
		_, err = m.out.Write(append(line, '\n'))
	}
	if err != nil {
		m.log.WarnContext(ctx, "metrics are lost", "error", err)
	}
}
