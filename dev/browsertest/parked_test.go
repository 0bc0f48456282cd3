package browsertest

import (
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/aeon-es/aeon/internal/testenv/chromium"
)

// A key that a view can't fold shows as parked, stays so when it is redriven in vain, and goes on once the code is mended.
func TestParkAndRedrive(t *testing.T) {
	t.Parallel()
	views, mend := fragile()
	s := start(t, "127.0.0.1:0", ":memory:", views)
	s.append(t, "thing/1", "even", `{}`)
	tab := s.open(t, "/")
	tab.Do(chromedp.SendKeys(chromedp.CSS("[name=key]"), "thing/1"), chromedp.SendKeys(chromedp.CSS("[name=type]"), "odd"))
	tab.Do(chromedp.Click(chromedp.CSS(".composer .primary")))
	tab.Wait(`document.querySelector("#parked-count").textContent == "1"`)
	tab.Wait(`document.querySelector(".arrivals li.bad")?.textContent.includes("parked at 2")`)
	tab.Wait(`document.querySelectorAll(".arrivals li.done").length == 1`) // the other view goes on
	tab.Screenshot("parked-journey")

	press(tab, escape)
	press(tab, "g", "p")
	tab.Wait(`document.querySelector(".parked-item .reason")?.textContent == "an odd event, which this code doesn't know"`)
	tab.Screenshot("parked")
	tab.Do(chromedp.Click(chromedp.CSS(".parked-item .primary")))
	tab.Wait(`document.querySelector(".parked-item .fault")?.textContent.includes("fails as before")`)
	mend()
	tab.Do(chromedp.Click(chromedp.CSS(".parked-item .primary")))
	tab.Wait(`document.body.innerText.includes("Nothing is parked")`)
	tab.Wait(`document.querySelector("#parked-count").hidden`)
	tab.Wait(`document.querySelector("#said").textContent.includes("has seen revision 2")`)

	chromium.Eval[string](tab, `location.hash = "#/key/thing%2F1"`)
	tab.Wait(`document.querySelector(".standing[data-view=fragile]")?.textContent.includes("up to date")`)
	tab.Wait(`document.querySelector(".standing[data-view=fragile] .json")?.textContent.includes('"count": 2')`)
	neverReloaded(t, tab)
}

// An event can be skipped, with a reason that is kept.
func TestSkip(t *testing.T) {
	t.Parallel()
	views, _ := fragile()
	s := start(t, "127.0.0.1:0", ":memory:", views)
	s.append(t, "thing/1", "odd", `{}`)
	s.append(t, "thing/1", "even", `{}`)
	s.append(t, "thing/2", "odd", `{}`)
	tab := s.open(t, "/#/parked")
	tab.Wait(`document.querySelectorAll(".parked-item").length == 2`)
	const one = `.parked-item[aria-label="thing/1 in fragile"] `
	tab.Do(chromedp.Click(chromedp.CSS(one+"[aria-expanded]")), chromedp.SendKeys(chromedp.CSS(one+".skip-form input"), "made by a test"))
	press(tab, enter)
	tab.Wait(`document.querySelectorAll(".parked-item").length == 1`)
	chromium.Eval[string](tab, `location.hash = "#/key/thing%2F1"`)
	tab.Wait(`document.querySelector(".standing[data-view=fragile]")?.textContent.includes("skipped 1: made by a test")`)
	tab.Wait(`document.querySelector(".standing[data-view=fragile] .json")?.textContent.includes('"count": 1')`)
}
