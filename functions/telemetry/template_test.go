package telemetry_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/aeon-es/aeon/internal/testenv/template"
)

// ofAWS are the metrics of AWS in use, by the dimensions that AWS documents.
var ofAWS = map[metric]bool{
	{"AWS/Lambda", "Errors", "FunctionName"}:                       true,
	{"AWS/Lambda", "Throttles", "FunctionName"}:                    true,
	{"AWS/Lambda", "Duration", "FunctionName"}:                     true,
	{"AWS/Lambda", "IteratorAge", "FunctionName"}:                  true,
	{"AWS/Lambda", "ConcurrentExecutions", "FunctionName"}:         true,
	{"AWS/DynamoDB", "ConsumedWriteCapacityUnits", "TableName"}:    true,
	{"AWS/DynamoDB", "ReadThrottleEvents", "TableName"}:            true,
	{"AWS/DynamoDB", "WriteThrottleEvents", "TableName"}:           true,
	{"AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName"}: true,
	{"AWS/ApiGateway", "5XXError", "ApiName,Stage"}:                true,
}

// lookedAt are the metrics that the template's alarms and dashboard look at, and one place for each.
func lookedAt(t *testing.T) map[metric]string {
	t.Helper()
	all := map[metric]string{}
	resources := template.Read(t, "Resources")
	for name, resource := range resources {
		if template.Value(resource, "Type") != "AWS::CloudWatch::Alarm" {
			continue
		}
		var dimensions []string
		for _, d := range template.List(template.At(resource, "Properties", "Dimensions")) {
			dimensions = append(dimensions, template.Value(d, "Name"))
		}
		slices.Sort(dimensions)
		m := metric{template.Value(resource, "Properties", "Namespace"), template.Value(resource, "Properties", "MetricName"), strings.Join(dimensions, ",")}
		all[m] = "alarm " + name
	}
	body := template.At(resources["Dashboard"], "Properties", "DashboardBody")
	if body == nil || len(body.Content) == 0 || len(all) < 5 {
		t.Fatalf("the template has no dashboard, or few alarms: %v", all)
	}
	var dashboard struct {
		Widgets []struct {
			Properties struct {
				Title   string
				Metrics [][]any
			}
		}
	}
	if err := json.Unmarshal([]byte(body.Content[0].Value), &dashboard); err != nil {
		t.Fatal(err)
	}
	for _, widget := range dashboard.Widgets {
		for _, parts := range widget.Properties.Metrics {
			m := widgetMetric(parts)
			all[m] = "widget " + widget.Properties.Title
		}
	}
	return all
}

// widgetMetric reads a metric as a dashboard has it: namespace, name, names and values of dimensions, and maybe options.
func widgetMetric(parts []any) (m metric) {
	var texts []string
	for _, part := range parts {
		if text, ok := part.(string); ok {
			texts = append(texts, text)
		}
	}
	var dimensions []string
	for i := 2; i < len(texts); i += 2 {
		dimensions = append(dimensions, texts[i])
	}
	slices.Sort(dimensions)
	return metric{texts[0], texts[1], strings.Join(dimensions, ",")}
}

// What isn't Aeon's own is a metric that AWS has, by the dimensions that it has there.
func TestMetricsOfAWS(t *testing.T) {
	t.Parallel()
	n := 0
	for m, where := range lookedAt(t) {
		if _, known := ofAWS[m]; m.namespace != "Aeon" && !known {
			t.Errorf("%s looks at %s, which AWS doesn't have", where, m)
		}
		n++
	}
	if n < 20 {
		t.Errorf("the template looks at %d metrics only", n)
	}
}
