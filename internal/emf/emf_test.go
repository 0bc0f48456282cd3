package emf_test

import (
	"testing"
	"time"

	"github.com/aeon-es/aeon/internal/emf"
)

func TestLine(t *testing.T) {
	t.Parallel()
	got, err := emf.Line(time.UnixMilli(1234), "Aeon", map[string]string{"Store": "s"}, []emf.Metric{
		{Name: "Appends", Unit: emf.Count, Value: 3}, {Name: "Lag", Unit: emf.Milliseconds, Value: 1.5},
	})
	want := `{"Appends":3,"Lag":1.5,"Store":"s","_aws":{"CloudWatchMetrics":[{"Namespace":"Aeon","Dimensions":[["Store"]],` +
		`"Metrics":[{"Name":"Appends","Unit":"Count"},{"Name":"Lag","Unit":"Milliseconds"}]}],"Timestamp":1234}}`
	if err != nil || string(got) != want {
		t.Errorf("got %s, %v\nwant %s", got, err, want)
	}
}

func TestImpossibleLines(t *testing.T) {
	t.Parallel()
	for name, metrics := range map[string][]emf.Metric{
		"none": nil, "too many": make([]emf.Metric, 101), "twice": {{Name: "a"}, {Name: "a"}}, "a dimension's name": {{Name: "Store"}},
	} {
		if line, err := emf.Line(time.Now(), "Aeon", map[string]string{"Store": "s"}, metrics); err == nil {
			t.Errorf("%s: %s", name, line)
		}
	}
}
