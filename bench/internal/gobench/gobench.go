// Package gobench runs the repository's Go benchmarks, and reads what they print.
package gobench

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// Benchmark is what one of them reports.
type Benchmark struct {
	Name    string             `json:"name"` // without "Benchmark", with spaces for underscores
	Runs    int                `json:"runs"`
	Metrics map[string]float64 `json:"metrics"` // by their units
}

// command is a run of go test. Per core is measured with one.
type command struct{ dir, pattern, benchtime, cpu string }

var commands = []command{
	{"./store/sqlite", "^(BenchmarkAppend|BenchmarkSixteenOverSerial|BenchmarkRead10000Events)$", "1s", "2"},
	{"./bench", "^BenchmarkClient$", "1000x", "1"},
	{"./bench", "^BenchmarkProjecting$/sqlite", "10x", "1"},
	{"./bench", "^BenchmarkBacklog$", "2x", "2"},
	{"./bench", "^BenchmarkLambda$", "25x", "2"},
	{"./bench", "^BenchmarkHTTP$", "10000x", "2"},
	{"./bench", "^BenchmarkDecide$", "200x", "2"},
	{"./bench", "^BenchmarkReadAll$", "10x", "2"},
	{"./bench", "^BenchmarkLag$", "300x", "2"},
	{"./bench", "^BenchmarkRebuild$", "1x", "2"},
	{"./bench", "^BenchmarkProjecting$/dynamodb", "1x", "1"},
}

// Run runs all of them in the repository's root, or those only whose pattern has only in it, one command after the other; quick: each a
// single time. One that fails leaves the others' figures: it is told in the error.
func Run(ctx context.Context, root, only string, quick bool, progress io.Writer) (all []Benchmark, failed error) {
	for _, c := range commands {
		if !strings.Contains(c.pattern, only) {
			continue
		}
		if quick {
			c.benchtime = "1x"
		}
		began := time.Now()
		cmd := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", c.pattern, "-benchtime", c.benchtime, "-cpu", c.cpu, c.dir) //nolint:gosec // listed above
		cmd.Dir = root
		out, err := cmd.CombinedOutput()
		if err != nil {
			failed = fmt.Errorf("%s: %w\n%s", cmd, err, out)
		}
		all = append(all, Parse(out)...)
		_, _ = fmt.Fprintf(progress, "%s %s: %.1f s\n", c.dir, c.pattern, time.Since(began).Seconds())
	}
	return all, failed
}

// Baseline measures the hot paths, and writes what benchstat compares with.
func Baseline(ctx context.Context, root, path string) error {
	cmd := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", "HotPaths", "-benchtime", "100ms", "-count", "6", "./bench")
	cmd.Dir = root
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", cmd, err, out)
	}
	figures, _, _ := strings.Cut(string(out), "PASS\n")
	return os.WriteFile(path, []byte(figures), 0o644) //nolint:gosec // for everybody to read
}

// Parse reads the lines that benchmarks print.
func Parse(out []byte) (all []Benchmark) {
	lines := bufio.NewScanner(bytes.NewReader(out))
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		runs, err := strconv.Atoi(fields[1])
		if err != nil {
			continue
		}
		name := strings.TrimPrefix(fields[0], "Benchmark")
		if at := strings.LastIndex(name, "-"); at > 0 { // how many processors there were
			if _, err := strconv.Atoi(name[at+1:]); err == nil {
				name = name[:at]
			}
		}
		b := Benchmark{Name: strings.ReplaceAll(name, "_", " "), Runs: runs, Metrics: map[string]float64{}}
		for i := 2; i+1 < len(fields); i += 2 {
			if value, err := strconv.ParseFloat(fields[i], 64); err == nil {
				b.Metrics[fields[i+1]] = value
			}
		}
		all = append(all, b)
	}
	return all
}
