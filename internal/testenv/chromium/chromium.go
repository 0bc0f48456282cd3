// Package chromium drives a real browser without a window: one for each test process, with a profile of its own for each
// test.
package chromium

import (
	"context"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/aeon-es/aeon/internal/testenv/toolsdir"
)

// patience is how long anything is waited for: as long as a busy machine needs.
const patience = 3 * time.Minute

// names are the browsers that are looked for, as tools/chromium does.
var names = []string{"chromium", "chromium-browser", "google-chrome", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"}

var shared struct {
	once sync.Once
	ctx  context.Context
	stop func()
	err  error
}

// Main runs the tests of a package that uses Start, and ends the browser.
func Main(m *testing.M) {
	code := m.Run()
	if shared.stop != nil {
		shared.stop()
	}
	os.Exit(code)
}

func browser() (context.Context, error) {
	shared.once.Do(func() {
		var path string
		for _, name := range names {
			if found, err := exec.LookPath(name); err == nil {
				path = found
				break
			}
		}
		if path == "" {
			shared.err = &toolsdir.NotInstalledError{Component: "chromium", Path: names[0]}
			return
		}
		options := append(chromedp.DefaultExecAllocatorOptions[:],
			chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.WSURLReadTimeout(patience),
			chromedp.Flag("disable-component-update", true), chromedp.Flag("lang", "en"), chromedp.Env("LANGUAGE=en"))
		allocator, stopAllocator := chromedp.NewExecAllocator(context.Background(), options...)
		ctx, stop := chromedp.NewContext(allocator)
		shared.ctx, shared.err = ctx, chromedp.Do(ctx)
		shared.stop = func() { stop(); stopAllocator() }
	})
	return shared.ctx, shared.err
}
