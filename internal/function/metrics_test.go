package function

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/aeon-es/aeon/internal/interleave/memstore"
	"github.com/aeon-es/aeon/internal/interleave/memviews"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// Each invocation writes what it has done: counts as they changed, the lag as it was, and nothing where there was nothing.
func TestMeter(t *testing.T) {
	t.Setenv("STORE_NAME", "orders")
	s := store.New(memstore.New())
	now := time.Now()
	p, err := projector.New(s, memviews.New(nil), &projector.Options{Now: func() time.Time { return now }}, projector.View[struct{}]{
		Name: "v", Apply: func(row *struct{}, _ store.Committed) (*struct{}, error) { return row, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	m := NewMeter(&out, slog.New(slog.DiscardHandler))
	m.OfStore(s)
	m.OfProjector(p)
	h := m.Metered(func(ctx context.Context, event []byte) ([]byte, error) {
		switch string(event) {
		case "append":
			_, err := s.Append(ctx, "key", store.Any(), []store.Pending{{Type: "a"}, {Type: "b"}}, nil)
			return nil, err
		case "project":
			c := &store.Commit{Key: "key", Revision: 3, Count: 2, Events: []store.Pending{{Type: "a"}, {Type: "b"}}}
			c.CommittedAt = now.Add(-1500 * time.Millisecond)
			return nil, p.Ring(ctx, []projector.Doorbell{{Key: "key", Revision: 4, Commit: c}})
		}
		return nil, nil
	})
	for _, tc := range []struct {
		event string
		want  map[string]float64
	}{
		{"append", map[string]float64{"Appends": 1, "EventsAppended": 2}},
		{"append", map[string]float64{"Appends": 1, "EventsAppended": 2}},
		{"project", map[string]float64{"EventsProjected": 4, "ItemsWritten": 1, "GapsHealed": 1, "ProjectionLag": 1500}},
		{"nothing", nil},
	} {
		out.Reset()
		if _, err := h(t.Context(), []byte(tc.event)); err != nil {
			t.Fatal(err)
		}
		if tc.want == nil {
			if out.Len() > 0 {
				t.Errorf("%s: %s", tc.event, &out)
			}
			continue
		}
		var line map[string]any
		if err := json.Unmarshal(out.Bytes(), &line); err != nil || strings.Count(out.String(), "\n") != 1 {
			t.Fatalf("%s: %q, %v", tc.event, &out, err)
		}
		for name, value := range tc.want {
			if line[name] != value {
				t.Errorf("%s: %s is %v, want %v", tc.event, name, line[name], value)
			}
		}
		if len(line) != len(tc.want)+2 || line[Dimension] != "orders" {
			t.Errorf("%s: %s", tc.event, &out)
		}
	}
}
