// Package emf writes metrics in CloudWatch's embedded metric format: as lines of a function's log, from which CloudWatch makes
// metrics. That takes no request and no permission.
package emf

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Unit is how CloudWatch measures a metric.
type Unit string

// The units in use.
const (
	Count        Unit = "Count"
	Milliseconds Unit = "Milliseconds"
)

// Metric is one value of a metric.
type Metric struct {
	Name  string
	Unit  Unit
	Value float64
}

// maxMetrics is how many a line may have, by the format's specification.
const maxMetrics = 100

type directive struct {
	Namespace  string
	Dimensions [][]string
	Metrics    []definition
}

type definition struct {
	Name string
	Unit Unit
}

// Line is the line, without its end, that gives metrics under a namespace and dimensions, as of a time.
func Line(at time.Time, namespace string, dimensions map[string]string, metrics []Metric) ([]byte, error) {
	if len(metrics) == 0 || len(metrics) > maxMetrics {
		return nil, fmt.Errorf("a line has 1 to %d metrics, not %d", maxMetrics, len(metrics))
	}
	line := map[string]any{}
	for name, value := range dimensions {
		line[name] = value
	}
	d := directive{Namespace: namespace, Dimensions: [][]string{slices.Sorted(maps.Keys(dimensions))}}
	for _, m := range metrics {
		if _, taken := line[m.Name]; taken {
			return nil, fmt.Errorf("%q is there twice", m.Name)
		}
		line[m.Name] = m.Value
		d.Metrics = append(d.Metrics, definition{Name: m.Name, Unit: m.Unit})
	}
	line["_aws"] = map[string]any{"Timestamp": at.UnixMilli(), "CloudWatchMetrics": []directive{d}}
	return json.Marshal(line)
}
