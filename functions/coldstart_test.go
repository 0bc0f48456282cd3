package functions_test

import (
	"context"
	"errors"
	"net"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/aeon-es/aeon/internal/testenv/bootstrap"
	"github.com/aeon-es/aeon/internal/testenv/dynamolocal"
)

// coldStart is a binary, and how long its starts took.
type coldStart struct {
	name, binary string
	event        []byte
	env          []string
	first, init  []time.Duration
}

// BenchmarkColdStart starts each function anew for each of its first invocations, in turn with one that does nothing (empty): under the
// emulator of Lambda's runtime interface, without a container. Each tells the size of its binary, the median of how long it takes to
// be ready (ms-init) and to have answered its first event (ms-first; ms-least is the fastest), and how that compares with empty (ratio). "null"
// is empty once more: what a ratio of 1 looks like on this machine.
func BenchmarkColdStart(b *testing.B) {
	server := dynamolocal.Start(b)
	createTables(b, server)
	env := append(awsEnv(server.Endpoint()), tables...)
	nothing := bootstrap.Package(b, "testdata/empty")
	contenders := []*coldStart{{name: "empty", binary: nothing, event: []byte("{}")}, {name: "null", binary: nothing, event: []byte("{}")}}
	for name, event := range map[string]string{
		"append": "append.json", "query": "query-row.json", "project": "project.json", "redrive": "redrive.json",
		"publish": "publish-malformed-record.json", // a bus would be measured, not the function
	} {
		contenders = append(contenders, &coldStart{name: name, binary: bootstrap.Function(b, name), event: sample(b, event), env: env})
	}
	slices.SortFunc(contenders[2:], func(x, y *coldStart) int { return slices.Index(all, x.name) - slices.Index(all, y.name) })
	const starts = 21
	for range starts + 1 {
		for _, c := range contenders {
			c.start(b)
		}
	}
	for _, c := range contenders {
		c.first, c.init = c.first[1:], c.init[1:] // in the first round the database was new, too
	}
	for _, c := range contenders {
		b.Run(c.name, func(b *testing.B) {
			info, err := os.Stat(c.binary)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(info.Size())/(1<<20), "MB")
			b.ReportMetric(milliseconds(median(c.init)), "ms-init")
			b.ReportMetric(milliseconds(median(c.first)), "ms-first")
			b.ReportMetric(milliseconds(slices.Min(c.first)), "ms-least")
			b.ReportMetric(ratio(c.first, contenders[0].first), "ratio")
			b.ReportMetric(0, "ns/op")
		})
	}
}

func median(all []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[len(sorted)/2]
}

// ratio is the median of how much longer a took than b, round by round: both met the same machine.
func ratio(a, b []time.Duration) float64 {
	ratios := make([]float64, len(a))
	for i := range a {
		ratios[i] = float64(a[i]) / float64(b[i])
	}
	slices.Sort(ratios)
	return ratios[len(ratios)/2]
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

var initReport = regexp.MustCompile(`INIT REPORT\(durationMs: ([0-9.]+)\)`)

// start starts the function, which gets ready when its first event comes, and takes the time of that.
func (c *coldStart) start(b *testing.B) {
	b.Helper()
	l := runBinary(b, c.name, c.binary, c.env...)
	u, err := url.Parse(l.address)
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(b.Context(), time.Minute)
	defer cancel()
	err = l.process.WaitUntil(ctx, func(ctx context.Context) error {
		connection, err := (&net.Dialer{}).DialContext(ctx, "tcp", u.Host)
		if err != nil {
			return err
		}
		return connection.Close()
	})
	if err != nil {
		b.Fatal(err)
	}
	began := time.Now()
	if _, err := l.post(ctx, c.event); err != nil {
		b.Fatal(err)
	}
	c.first = append(c.first, time.Since(began))
	var found []string
	err = l.process.WaitUntil(ctx, func(context.Context) error { // it prints on its own time
		if found = initReport.FindStringSubmatch(l.process.Output()); found == nil {
			return errors.New("no report")
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	ms, err := strconv.ParseFloat(found[1], 64)
	if err != nil {
		b.Fatal(err)
	}
	c.init = append(c.init, time.Duration(ms*float64(time.Millisecond)))
	if err := l.process.Stop(5 * time.Second); err != nil {
		b.Fatal(err)
	}
}
