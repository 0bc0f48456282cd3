// Package dist builds the files of a release: the command line for each system and processor, as an archive with what belongs to it,
// and the checksums of all. The same source gives the same files, whoever builds them.
package dist

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Target is a system and a processor, as Go names them.
type Target struct{ OS, Arch string }

// Targets are all that a release is built for.
var Targets = []Target{
	{"linux", "amd64"}, {"linux", "arm64"}, {"darwin", "amd64"}, {"darwin", "arm64"}, {"windows", "amd64"}, {"windows", "arm64"},
}

// String is such as "linux/amd64".
func (t Target) String() string { return t.OS + "/" + t.Arch }

// Release says what to build.
type Release struct {
	// Root is the folder of the source.
	Root string
	// Version is stamped into the programs, such as "v1.2.3".
	Version string
	// Time is that of the files in the archives, such as that of the commit.
	Time time.Time
	// Targets are for what.
	Targets []Target
}

// besides is what is in each archive besides the program.
var besides = []string{"LICENSE", "README.md", "CHANGELOG.md"}

// Checksums is the name of the file with the SHA-256 sums of the others.
const Checksums = "checksums.txt"

var versionPattern = regexp.MustCompile(`^v[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$`)

// Build builds the release into a folder, and answers the names of its files.
func (r Release) Build(ctx context.Context, folder string) ([]string, error) {
	if !versionPattern.MatchString(r.Version) {
		return nil, fmt.Errorf("version %q is none such as v1.2.3 or v1.2.3-rc.1", r.Version)
	}
	if len(r.Targets) == 0 {
		return nil, fmt.Errorf("no targets: some of %v", Targets)
	}
	if err := os.MkdirAll(folder, 0o755); err != nil { //nolint:gosec // to be published
		return nil, err
	}
	var names []string
	sums := ""
	for _, t := range r.Targets {
		if !slices.Contains(Targets, t) {
			return nil, fmt.Errorf("target %s: not one of %v", t, Targets)
		}
		name, err := r.archive(ctx, folder, t)
		if err != nil {
			return nil, fmt.Errorf("build for %s: %w", t, err)
		}
		text, err := os.ReadFile(filepath.Join(folder, name)) //nolint:gosec // made a moment ago
		if err != nil {
			return nil, err
		}
		sums += fmt.Sprintf("%x  %s\n", sha256.Sum256(text), name) // as sha256sum --check reads it
		names = append(names, name)
	}
	err := os.WriteFile(filepath.Join(folder, Checksums), []byte(sums), 0o644) //nolint:gosec // to be published
	return append(names, Checksums), err
}

// archive builds the program for a target, and packs it.
func (r Release) archive(ctx context.Context, folder string, t Target) (string, error) {
	scratch, err := os.MkdirTemp("", "aeon-dist-")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	program := "aeon"
	if t.OS == "windows" {
		program += ".exe"
	}
	built := filepath.Join(scratch, program)
	if err := r.compile(ctx, t, built); err != nil {
		return "", err
	}
	files := []file{{program, built, 0o755}}
	for _, name := range besides {
		files = append(files, file{name, filepath.Join(r.Root, name), 0o644})
	}
	name := fmt.Sprintf("aeon_%s_%s_%s", strings.TrimPrefix(r.Version, "v"), t.OS, t.Arch)
	if t.OS == "windows" {
		name += ".zip"
		return name, writeZip(filepath.Join(folder, name), files, r.Time)
	}
	name += ".tar.gz"
	return name, writeTar(filepath.Join(folder, name), files, r.Time)
}

// compile builds the program. Nothing of the machine gets in.
func (r Release) compile(ctx context.Context, t Target, to string) error {
	stamp := "-s -w -X github.com/aeon-es/aeon/internal/version.stamped=" + r.Version
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags", stamp, "-o", to, "./cmd/aeon") //nolint:gosec // the version was looked at
	cmd.Dir = r.Root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+t.OS, "GOARCH="+t.Arch, "GOFLAGS=", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	return nil
}
