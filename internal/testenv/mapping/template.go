package mapping

import (
	"slices"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/aeon-es/aeon/internal/testenv/template"
)

// templateFunction is what is read of a function in the project's template.yaml.
type templateFunction struct {
	Properties struct {
		Timeout int                       `yaml:"Timeout"`
		Events  map[string]templateEvents `yaml:"Events"`
	} `yaml:"Properties"`
}

type templateEvents struct {
	Type       string    `yaml:"Type"`
	Properties yaml.Node `yaml:"Properties"`
}

// templateMapping are the properties of a mapping in a template.
type templateMapping struct {
	StartingPosition               Position `yaml:"StartingPosition"`
	BatchSize                      *int     `yaml:"BatchSize"`
	MaximumBatchingWindowInSeconds int      `yaml:"MaximumBatchingWindowInSeconds"`
	ParallelizationFactor          *int     `yaml:"ParallelizationFactor"`
	FunctionResponseTypes          []string `yaml:"FunctionResponseTypes"`
	BisectBatchOnFunctionError     bool     `yaml:"BisectBatchOnFunctionError"`
	MaximumRetryAttempts           *int     `yaml:"MaximumRetryAttempts"`
	MaximumRecordAgeInSeconds      *int     `yaml:"MaximumRecordAgeInSeconds"`
	ScalingConfig                  struct {
		MaximumConcurrency int `yaml:"MaximumConcurrency"`
	} `yaml:"ScalingConfig"`
}

func (m templateMapping) reports() bool {
	return slices.Contains(m.FunctionResponseTypes, "ReportBatchItemFailures")
}

func (m templateMapping) queueSettings() QueueSettings {
	s := QueueDefaults()
	s.ReportBatchItemFailures = m.reports()
	if m.BatchSize != nil {
		s.BatchSize = *m.BatchSize
	}
	if n := m.ScalingConfig.MaximumConcurrency; n > 0 {
		s.MaximumConcurrency = n
	}
	return s
}

// FromTemplate reads the settings of a function's stream from the template that is deployed, and the function's timeout.
func FromTemplate(tb testing.TB, function string) (s Settings, timeout time.Duration) {
	tb.Helper()
	m, timeout := fromTemplate(tb, function, "DynamoDB")
	return m.settings(), timeout
}

// QueueFromTemplate reads the settings of a function's queue from the template that is deployed, and the function's timeout.
func QueueFromTemplate(tb testing.TB, function string) (s QueueSettings, timeout time.Duration) {
	tb.Helper()
	m, timeout := fromTemplate(tb, function, "SQS")
	return m.queueSettings(), timeout
}

// fromTemplate reads the one mapping of a function that is of a type.
func fromTemplate(tb testing.TB, function, kind string) (m templateMapping, timeout time.Duration) {
	tb.Helper()
	node := template.Read(tb, "Resources")[function]
	if node == nil {
		tb.Fatalf("template.yaml has no %s", function)
	}
	var read templateFunction
	if err := node.Decode(&read); err != nil {
		tb.Fatal(err)
	}
	f := read.Properties
	for _, e := range f.Events {
		if e.Type == kind {
			if err := e.Properties.Decode(&m); err != nil {
				tb.Fatal(err)
			}
			return m, time.Duration(f.Timeout) * time.Second
		}
	}
	tb.Fatalf("template.yaml: %s has no event of the type %s", function, kind)
	return m, 0
}

func (m templateMapping) settings() Settings {
	s := Defaults()
	s.StartingPosition = m.StartingPosition
	s.MaximumBatchingWindow = time.Duration(m.MaximumBatchingWindowInSeconds) * time.Second
	s.BisectBatchOnFunctionError = m.BisectBatchOnFunctionError
	s.ReportBatchItemFailures = m.reports()
	for value, to := range map[*int]*int{m.BatchSize: &s.BatchSize, m.ParallelizationFactor: &s.ParallelizationFactor, m.MaximumRetryAttempts: &s.MaximumRetryAttempts} {
		if value != nil {
			*to = *value
		}
	}
	if age := m.MaximumRecordAgeInSeconds; age != nil && *age >= 0 {
		s.MaximumRecordAge = time.Duration(*age) * time.Second
	}
	return s
}
