package mapping

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

func TestSettingsOfATemplate(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Settings{
		`{Stream: !GetAtt Table.StreamArn, StartingPosition: LATEST}`: {
			StartingPosition: Latest, BatchSize: 100, ParallelizationFactor: 1, MaximumRetryAttempts: -1, MaximumRecordAge: -1,
		},
		`{StartingPosition: TRIM_HORIZON, BatchSize: 5, MaximumBatchingWindowInSeconds: 2, ParallelizationFactor: 3, MaximumRetryAttempts: 0,
		  FunctionResponseTypes: [ReportBatchItemFailures], BisectBatchOnFunctionError: true, MaximumRecordAgeInSeconds: 60}`: {
			StartingPosition: TrimHorizon, BatchSize: 5, MaximumBatchingWindow: 2 * time.Second, ParallelizationFactor: 3,
			ReportBatchItemFailures: true, BisectBatchOnFunctionError: true, MaximumRecordAge: time.Minute,
		},
	} {
		var m templateMapping
		if err := yaml.Unmarshal([]byte(text), &m); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, m.settings(), cmp.Comparer(func(a, b func(InvocationRecord)) bool { return a == nil && b == nil })); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}

// What is deployed loses nothing by itself: no limit on tries or age, and what a function says of its records counts.
func TestDeployedSettings(t *testing.T) {
	t.Parallel()
	s, timeout := FromTemplate(t, "ProjectFunction")
	if s.StartingPosition != TrimHorizon || s.MaximumRetryAttempts != -1 || s.MaximumRecordAge != -1 || !s.ReportBatchItemFailures || !s.BisectBatchOnFunctionError {
		t.Errorf("%+v", s)
	}
	if timeout < time.Second {
		t.Errorf("timeout %s", timeout)
	}
	q, timeout := QueueFromTemplate(t, "RedriveFunction")
	if !q.ReportBatchItemFailures || timeout < time.Second {
		t.Errorf("%+v, timeout %s", q, timeout)
	}
}
