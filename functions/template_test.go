package functions

import (
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aeon-es/aeon/internal/function"
	"github.com/aeon-es/aeon/internal/interleave/memstore"
	"github.com/aeon-es/aeon/internal/interleave/memviews"
	"github.com/aeon-es/aeon/internal/testenv/toolsdir"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

func textOf(t *testing.T, path ...string) string {
	t.Helper()
	root, err := toolsdir.Root()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(append([]string{root}, path...)...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func found(text, pattern string) []string {
	var all []string
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		all = append(all, m[1])
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// metricNames are all that the functions can write.
func metricNames(t *testing.T) []string {
	t.Helper()
	s := store.New(memstore.New())
	p, err := projector.New(s, memviews.New(nil), nil)
	if err != nil {
		t.Fatal(err)
	}
	m := function.NewMeter(io.Discard, slog.New(slog.DiscardHandler))
	m.OfStore(s)
	m.OfProjector(p)
	m.OfPublisher(func() (events, withoutData, sentAgain int64) { return 0, 0, 0 })
	return m.Names()
}

// What the alarms and the dashboard look at is what the functions write, under the same namespace and dimension.
func TestTemplateLooksAtWhatIsWritten(t *testing.T) {
	t.Parallel()
	template := textOf(t, "template.yaml")
	names := metricNames(t)
	used := append(found(template, `Namespace: Aeon\n\s+MetricName: (\w+)\n\s+Dimensions: \[\{ Name: Store, Value: !If \[Named, !Ref StoreName, !Ref AWS::StackName\] \}\]`), found(template, `\["Aeon","(\w+)","Store"`)...)
	if len(used) < 10 {
		t.Fatalf("the template uses %v", used)
	}
	for _, name := range used {
		if !slices.Contains(names, name) {
			t.Errorf("the template looks at %q, which no function writes: they write %v", name, names)
		}
	}
	if function.Namespace != "Aeon" || function.Dimension != "Store" || !strings.Contains(template, "        STORE_NAME: !If [Named, !Ref StoreName, !Ref AWS::StackName]\n") {
		t.Error("the five functions have to write under the namespace, dimension and name that the template looks at")
	}
}

// Whoever gets an alarm finds in the documentation what it means and what to do; and what each metric counts.
func TestOperationsAreDocumented(t *testing.T) {
	t.Parallel()
	template, page := textOf(t, "template.yaml"), textOf(t, "docs", "operations.md")
	alarms := found(template, `\n  (\w+)Alarm:\n    Type: AWS::CloudWatch::Alarm`)
	if len(alarms) < 20 {
		t.Fatalf("the template has the alarms %v", alarms)
	}
	for _, alarm := range alarms {
		if !strings.Contains(page, "`"+alarm+"`") {
			t.Errorf("docs/operations.md says nothing about the alarm %s", alarm)
		}
	}
	for _, name := range metricNames(t) {
		if !strings.Contains(page, "`"+name+"`") && !strings.Contains(textOf(t, "docs", "publish.md"), "`"+name+"`") {
			t.Errorf("docs/operations.md says nothing about the metric %s", name)
		}
	}
}
