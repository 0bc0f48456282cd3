package browsertest

import (
	"context"
	"fmt"
	"log/slog"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/chromedp/chromedp"

	"github.com/aeon-es/aeon/internal/defaultapp"
	"github.com/aeon-es/aeon/internal/platform"
	"github.com/aeon-es/aeon/internal/testenv/chromium"
	"github.com/aeon-es/aeon/store"
)

const (
	manyKeys = 10_000
	writers  = 250 // so many are stored in one go
)

// many makes a database of that many keys.
func many(t *testing.T) (db string) {
	t.Helper()
	db = t.TempDir() + "/aeon.db"
	p, err := platform.Open(t.Context(), platform.Options{DB: db, Views: defaultapp.Views(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	g, ctx := errgroup.WithContext(t.Context())
	for worker := range writers {
		g.Go(func() error {
			for i := worker; i < manyKeys; i += writers {
				if err := appendOne(ctx, p.Store, fmt.Sprintf("counter/%05d", i)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	return db
}

func appendOne(ctx context.Context, s *store.Store, key string) error {
	_, err := s.Append(ctx, key, store.Any(), []store.Pending{{Type: defaultapp.Incremented}}, nil)
	return err
}

// With 10,000 keys, all of whose news arrive while the page is open, only what is in sight is on the page, and it heeds whoever
// types meanwhile.
func TestTenThousandKeys(t *testing.T) {
	t.Parallel()
	s := start(t, "127.0.0.1:0", many(t), nil)
	tab := s.open(t, "/")
	press(tab, "t") // while it is busy
	tab.Wait(`document.documentElement.dataset.theme == "light"`)
	tab.Wait(`document.querySelector("#key-count").textContent == "10,000 keys"`)
	tab.Wait(`[...document.querySelectorAll(".view-card dd")].at(-1).textContent == "10,000"`)
	tab.Screenshot("many-keys")

	tab.Do(chromedp.Click(chromedp.CSS("[data-sort=name]")), chromedp.Focus(chromedp.CSS("#keys")))
	press(tab, end)
	tab.Wait(`document.querySelector("#keys .at b")?.textContent == "counter/09999"`)
	press(tab, enter)
	tab.Wait(`document.querySelector("h1").textContent == "counter/09999"`)
	tab.Wait(`document.querySelector("#keys [aria-selected=true] b").textContent == "counter/09999"`)

	press(tab, "/")
	tab.Do(chromedp.SendKeys(chromedp.CSS("#find"), "0432"))
	tab.Wait(`document.querySelector("#key-count").textContent == "11 keys found"`) // 00432, 10432 isn't there, 04320 to 04329
	chromium.Eval[float64](tab, `document.querySelector("#find").value = "", document.querySelector("#find").dispatchEvent(new Event("input")), 0`)
	tab.Wait(`document.querySelector("#key-count").textContent == "10,000 keys"`)
	chromium.Eval[float64](tab, `document.querySelector("#keys").scrollTop = 54 * 5000`)
	tab.Wait(`[...document.querySelectorAll("#keys b")].some((e) => e.textContent == "counter/05003")`)

	chromium.Eval[string](tab, `location.hash = "#/view/counters"`)
	tab.Wait(`document.querySelectorAll("tbody tr").length == 50`)
	if n := chromium.Eval[int](tab, `document.querySelectorAll("#keys [role=option]").length`); n > 60 {
		t.Errorf("%d keys are on the page", n)
	}
	if n := chromium.Eval[int](tab, `document.querySelectorAll("*").length`); n > 1500 {
		t.Errorf("%d elements are on the page", n)
	}
	neverReloaded(t, tab)
}
