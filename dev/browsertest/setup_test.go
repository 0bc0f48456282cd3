package browsertest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"github.com/aeon-es/aeon/dev"
	"github.com/aeon-es/aeon/internal/defaultapp"
	"github.com/aeon-es/aeon/internal/testenv/chromium"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

func TestMain(m *testing.M) { chromium.Main(m) }

// server is everything in one process, as "aeon dev" runs it.
type server struct {
	origin string
	stop   func()
}

// start runs it; nil views are those of the default application.
func start(t *testing.T, listen, db string, views []projector.Definition) *server {
	t.Helper()
	if views == nil {
		views = defaultapp.Views()
	}
	ctx, cancel := context.WithCancel(context.Background())
	ready, done := make(chan string, 1), make(chan error, 1)
	go func() {
		done <- dev.Run(ctx, dev.Options{
			Listen: listen, DB: db, Views: views, Log: slog.New(slog.DiscardHandler), Ready: func(address string) { ready <- address },
		})
	}()
	s := &server{}
	stopped := false
	s.stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(s.stop)
	select {
	case address := <-ready:
		s.origin = "http://" + address
	case err := <-done:
		stopped = true
		t.Fatal(err)
	}
	return s
}

// append appends an event as another client does.
func (s *server) append(t *testing.T, key, kind, data string) {
	t.Helper()
	body := fmt.Sprintf(`{"events":[{"type":%q,"data":%s}]}`, kind, data)
	r, err := http.Post(s.origin+"/streams/"+url.PathEscape(key), "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	if answer, err := io.ReadAll(r.Body); err != nil || r.StatusCode != http.StatusCreated {
		t.Fatalf("append: %s %s %v", r.Status, answer, err)
	}
}

// open opens the page, and waits until it is live. The page must never be loaded again after that.
func (s *server) open(t *testing.T, path string, before ...chromedp.Action[chromedp.Void]) *chromium.Tab {
	t.Helper()
	tab := chromium.Start(t, s.origin, path, before...)
	tab.Wait(`document.querySelector("#link")?.dataset.state == "live"`)
	chromium.Eval[bool](tab, `window.sameLoad = true`)
	return tab
}

// neverReloaded expects that the page is the one that open opened.
func neverReloaded(t *testing.T, tab *chromium.Tab) {
	t.Helper()
	if !chromium.Eval[bool](tab, `window.sameLoad === true`) {
		t.Error("the page was loaded again")
	}
}

// key is a key that writes nothing, or not what it is called.
type key struct {
	text string
	code int64
}

var keys = map[string]key{
	enter: {text: "\r", code: 13}, escape: {code: 27}, down: {code: 40}, end: {code: 35}, tabKey: {code: 9},
}

const (
	enter, escape, down, end, tabKey = "Enter", "Escape", "ArrowDown", "End", "Tab"
)

// press presses keys, one after the other. What the page keeps a key from doing isn't done, as with a real keyboard.
func press(tab *chromium.Tab, names ...string) {
	for _, name := range names {
		k, named := keys[name]
		if !named {
			k = key{text: name}
		}
		event := input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyDown, Key: name, Text: k.text, WindowsVirtualKeyCode: k.code}
		if k.text == "" {
			event.Type = input.DispatchKeyEventTypeRawKeyDown
		}
		tab.Do(chromium.Call(input.DispatchKeyEvent, event))
		event.Type, event.Text = input.DispatchKeyEventTypeKeyUp, ""
		tab.Do(chromium.Call(input.DispatchKeyEvent, event))
	}
}

// tally is a row of the test's own view.
type tally struct {
	Count int `json:"count"`
}

// fragile is a view that can't fold "odd" events until it is mended.
func fragile() (views []projector.Definition, mend func()) {
	var mended atomic.Bool
	view := projector.View[tally]{Name: "fragile", Apply: func(row *tally, e store.Committed) (*tally, error) {
		if e.Type == "odd" && !mended.Load() {
			return nil, errors.New("an odd event, which this code doesn't know")
		}
		if row == nil {
			row = &tally{}
		}
		row.Count++
		return row, nil
	}}
	return []projector.Definition{view, defaultapp.Streams()}, func() { mended.Store(true) }
}
