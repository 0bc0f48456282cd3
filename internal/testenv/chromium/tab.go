package chromium

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/aeon-es/aeon/internal/testenv/toolsdir"
)

// Tab is a tab of the browser, 1440 by 900. What the page says is wrong, and what it asks of anybody but its own server, fails the
// test.
type Tab struct {
	t      *testing.T
	ctx    context.Context
	origin string

	mu     sync.Mutex
	wrong  []string
	agreed []string
}

// Start opens a page of origin, such as "http://127.0.0.1:8080", in a profile of its own, once before is done.
func Start(t *testing.T, origin, path string, before ...chromedp.Action[chromedp.Void]) *Tab {
	t.Helper()
	parent, err := browser()
	if err != nil {
		t.Fatal(err)
	}
	tab := &Tab{t: t, origin: origin}
	ctx, stop := chromedp.NewContext(parent, chromedp.WithNewBrowserContext(), chromedp.WithListener(tab.listen))
	tab.ctx = ctx
	t.Cleanup(func() {
		stop()
		if wrong := tab.complaints(); wrong != "" {
			t.Error(wrong)
		}
	})
	tab.Do(Call(network.Enable, network.EnableParams{}), Call(log.Enable, cdp.Empty{}), chromedp.EmulateViewport(1440, 900))
	tab.Do(before...)
	tab.Do(chromedp.Navigate(origin + path))
	return tab
}

// Call is a command of the browser's protocol.
func Call[P, R any](command cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, command, params)
		return err
	})
}

func (tab *Tab) listen(event any) {
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		if u := e.Request.URL; !strings.HasPrefix(u, tab.origin) && !strings.HasPrefix(u, "data:") {
			tab.complain("the page asks another server: " + u)
		}
	case *runtime.EventExceptionThrown:
		tab.complain(fmt.Sprintf("an exception on the page: %s %s", e.ExceptionDetails.Text, describe(e.ExceptionDetails.Exception)))
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError {
			tab.complain(fmt.Sprintf("the page's log: %s %s", e.Entry.Text, e.Entry.URL))
		}
	}
}

// Expect has the page say something wrong that contains text, which doesn't fail the test then.
func (tab *Tab) Expect(text string) {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	tab.agreed = append(tab.agreed, text)
}

func (tab *Tab) complain(text string) {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	for _, a := range tab.agreed {
		if strings.Contains(text, a) {
			return
		}
	}
	tab.wrong = append(tab.wrong, text)
}

// complaints is what was wrong up to now; nothing that is waited for will come then.
func (tab *Tab) complaints() string {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	return strings.Join(tab.wrong, "\n")
}

func describe(e *runtime.RemoteObject) string {
	if e == nil {
		return ""
	}
	return e.Description
}

// Do does things, or ends the test.
func (tab *Tab) Do(actions ...chromedp.Action[chromedp.Void]) {
	tab.t.Helper()
	if err := chromedp.Do(tab.ctx, actions...); err != nil {
		tab.t.Fatal(err)
	}
}

// Eval evaluates a script, whose value may be a promise.
func Eval[T any](tab *Tab, script string) T {
	tab.t.Helper()
	v, err := chromedp.Run(tab.ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		tab.t.Fatalf("%v\nin %s", err, script)
	}
	return v
}

// Wait waits until a script is true.
func (tab *Tab) Wait(script string) {
	tab.t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		done, err := chromedp.Run(tab.ctx, chromedp.Evaluate[bool]("Boolean("+script+")"))
		if err == nil && done {
			return
		}
		if time.Now().After(deadline) || tab.complaints() != "" || errors.Is(err, context.Canceled) {
			tab.Screenshot("failed-" + filepath.Base(tab.t.Name()))
			tab.t.Fatalf("it never came to be that %s (%v)\nthe page: %s", script, err, Eval[string](tab, "document.body.innerText"))
		}
	}
}

// Screenshot keeps a picture of the page in dist/screenshots of the repository.
func (tab *Tab) Screenshot(name string) {
	tab.t.Helper()
	root, err := toolsdir.Root()
	if err != nil {
		tab.t.Fatal(err)
	}
	picture, err := chromedp.Run(tab.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		tab.t.Error(err)
		return
	}
	folder := filepath.Join(root, "dist", "screenshots")
	if err := errors.Join(os.MkdirAll(folder, 0o750), os.WriteFile(filepath.Join(folder, name+".png"), picture, 0o600)); err != nil {
		tab.t.Error(err)
	}
}
