// Command build builds the files of a release into dist/: make dist VERSION=v1.2.3
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"time"

	"github.com/aeon-es/aeon/internal/dist"
)

func main() {
	version := flag.String("version", "", "the version, such as v1.2.3")
	targets := flag.String("targets", "", "what to build for, such as linux/amd64,darwin/arm64; all if left out")
	folder := flag.String("o", "dist", "where to")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *version, *targets, *folder)
	stop()
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "build:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, version, targets, folder string) error {
	r := dist.Release{Root: ".", Version: version, Targets: dist.Targets}
	if targets != "" {
		r.Targets = nil
		for name := range strings.SplitSeq(targets, ",") {
			system, arch, _ := strings.Cut(name, "/")
			r.Targets = append(r.Targets, dist.Target{OS: system, Arch: arch})
		}
	}
	at, err := exec.CommandContext(ctx, "git", "log", "-1", "--format=%ct").Output()
	if err != nil {
		return fmt.Errorf("the time of the commit: %w", err)
	}
	seconds, err := strconv.ParseInt(strings.TrimSpace(string(at)), 10, 64)
	if err != nil {
		return err
	}
	r.Time = time.Unix(seconds, 0).UTC()
	names, err := r.Build(ctx, folder)
	for _, name := range names {
		fmt.Println(folder + "/" + name)
	}
	return err
}
