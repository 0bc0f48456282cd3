package main_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aeon-es/aeon/internal/conversation"
	"github.com/aeon-es/aeon/internal/testenv/toolsdir"
)

var (
	ran    = regexp.MustCompile("(?s)<!-- run( server)? -->\n```\n(.*?)```")
	stamps = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`)
)

// The listings of the documentation that say so are run, those of a page one after the other, and print what they say.
func TestPages(t *testing.T) {
	t.Parallel()
	root, err := toolsdir.Root()
	if err != nil {
		t.Fatal(err)
	}
	pages, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		if blocks := ran.FindAllStringSubmatch(string(text), -1); blocks != nil {
			found++
			t.Run(filepath.Base(page), func(t *testing.T) { t.Parallel(); runPage(t, blocks) })
		}
	}
	if found == 0 {
		t.Error("no page has a listing to run")
	}
}

// runPage runs the blocks of a page in a folder of its own, by one shell.
func runPage(t *testing.T, blocks [][]string) {
	url, want := "", ""
	script := "exec 2>&1\n"
	for _, b := range blocks {
		if b[1] != "" {
			p := startDev(t, binary, append(strings.Fields(b[2])[2:], "--db", ":memory:")...)
			t.Cleanup(func() { p.stop(t) })
			url = p.url
			continue
		}
		want += strings.TrimSpace(b[2]) + "\n\n"
		for part := range strings.SplitSeq("\n"+strings.TrimSpace(b[2]), "\n$ ") {
			if command, _, _ := strings.Cut(part, "\n"); command != "" {
				quoted := strings.ReplaceAll(command, "'", `'\''`)
				script += "printf '%s\\n' '$ " + quoted + "'\n" + command + "\necho\n"
			}
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	const documented = "http://127.0.0.1:8080"
	if url == "" {
		url = documented
	}
	cmd := exec.CommandContext(ctx, "bash", "-c", strings.ReplaceAll(script, documented, url))
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "PATH="+filepath.Dir(binary)+string(os.PathListSeparator)+os.Getenv("PATH"), "AWS_EC2_METADATA_DISABLED=true")
	out, _ := cmd.CombinedOutput() // the last command may be one that fails
	if got, want := masked(strings.ReplaceAll(string(out), url, documented)), masked(want); got != want {
		t.Errorf("printed is\n%s\nand documented\n%s", got, want)
	}
}

// masked is a text without what differs each time, and with one empty line where there are more.
func masked(text string) string {
	text = regexp.MustCompile(`\n{3,}`).ReplaceAllString(text, "\n\n")
	return stamps.ReplaceAllString(conversation.Mask(text), "<time>")
}
