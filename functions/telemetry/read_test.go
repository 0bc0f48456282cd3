package telemetry_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// metric is one as CloudWatch tells it from others.
type metric struct{ namespace, name, dimensions string }

func (m metric) String() string { return m.namespace + " " + m.name + " by " + m.dimensions }

// printed is what a function has printed: how much of each metric, and its log.
type printed struct {
	metrics map[metric]float64
	logs    []map[string]any
}

// read reads what a function has printed until now. What it prints takes another way than its answer: see expect.
func read(t *testing.T, output string) printed {
	t.Helper()
	p := printed{metrics: map[metric]float64{}}
	for line := range strings.Lines(strings.ReplaceAll(output, "---\n", "")) {
		if !strings.HasSuffix(line, "\n") {
			continue // it isn't all there yet
		}
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatalf("a line that isn't JSON: %s", line)
		}
		if _, measured := fields["_aws"]; !measured {
			p.logs = append(p.logs, fields)
			continue
		}
		p.measure(t, line, fields)
	}
	return p
}

// measure reads a line in the embedded metric format, as CloudWatch does.
func (p printed) measure(t *testing.T, line string, fields map[string]any) {
	t.Helper()
	var embedded struct {
		AWS struct {
			Timestamp         int64
			CloudWatchMetrics []struct {
				Namespace  string
				Dimensions [][]string
				Metrics    []struct{ Name, Unit string }
			}
		} `json:"_aws"`
	}
	if err := json.Unmarshal([]byte(line), &embedded); err != nil {
		t.Fatal(err)
	}
	if age := time.Since(time.UnixMilli(embedded.AWS.Timestamp)); age < -time.Hour || age > 24*time.Hour {
		t.Errorf("of another time: %s", line)
	}
	for _, d := range embedded.AWS.CloudWatchMetrics {
		for _, dimensions := range d.Dimensions {
			for _, name := range dimensions {
				if fields[name] != storeName {
					t.Errorf("dimension %s is %v: %s", name, fields[name], line)
				}
			}
			for _, m := range d.Metrics {
				value, isNumber := fields[m.Name].(float64)
				unit := "Count"
				if strings.HasSuffix(m.Name, "Lag") {
					unit = "Milliseconds"
				}
				if !isNumber || m.Unit != unit {
					t.Errorf("%s is %v %s: %s", m.Name, fields[m.Name], m.Unit, line)
				}
				p.metrics[metric{d.Namespace, m.Name, strings.Join(slices.Sorted(slices.Values(dimensions)), ",")}] += value
			}
		}
	}
}

// expect waits until a function has printed what is wanted, and gives all that it has.
func (w *world) expect(t *testing.T, function string, wanted func(printed) bool) printed {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		p := read(t, w.functions[function].Output())
		if wanted(p) || time.Now().After(end) {
			return p
		}
	}
}

// logged says whether there is a line of the log with these fields.
func (p printed) logged(fields map[string]any) bool {
	for _, line := range p.logs {
		same := true
		for name, want := range fields {
			same = same && fmt.Sprint(line[name]) == fmt.Sprint(want)
		}
		if same {
			return true
		}
	}
	return false
}
