package browsertest

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/aeon-es/aeon/internal/testenv/chromium"
	"github.com/aeon-es/aeon/internal/testenv/port"
)

// Who is here for the first time appends an event from the page, sees the answer, and sees the event travel to the views.
func TestFirstEvent(t *testing.T) {
	t.Parallel()
	s := start(t, "127.0.0.1:0", ":memory:", nil)
	tab := s.open(t, "/")
	tab.Wait(`document.body.innerText.includes("Nothing has happened yet")`)
	tab.Screenshot("first-run")
	tab.Do(chromedp.Click(chromedp.CSS(".feed ~ .empty .primary")))
	tab.Do(chromedp.Click(chromedp.CSS(".composer .primary")))
	tab.Wait(`document.querySelector(".answer .pill")?.textContent == "201"`)
	answer := chromium.Eval[string](tab, `document.querySelector(".answer pre").textContent`)
	for _, want := range []string{`"key": "counter/1"`, `"revision": 1`, `"position": "01`, `"count": 1`} {
		if !strings.Contains(answer, want) {
			t.Errorf("the answer is shown as %s, want %s", answer, want)
		}
	}
	tab.Wait(`[...document.querySelectorAll(".stage")].every((e) => e.classList.contains("done"))`)
	tab.Wait(`[...document.querySelectorAll(".arrivals li.done")].length == 2`)
	tab.Wait(`document.querySelector(".arrivals").textContent.includes('{"count":2,"increments":1,"decrements":0}')`)
	tab.Wait(`document.querySelector(".feed li .mono").textContent == "counter/1"`)
	tab.Wait(`document.querySelector("#keys [role=option] b").textContent == "counter/1"`)
	tab.Wait(`document.querySelector("#said").textContent.includes("counter/1 is at revision 1")`)
	tab.Screenshot("first-event")
	neverReloaded(t, tab)
}

// What another client appends arrives on every page without a reload, and the rows of views change.
func TestLive(t *testing.T) {
	t.Parallel()
	s := start(t, "127.0.0.1:0", ":memory:", nil)
	tab := s.open(t, "/")
	s.append(t, "counter/1", "incremented", `{"by":2}`)
	tab.Wait(`document.querySelector(".feed li .types")?.textContent == "incremented"`)
	tab.Wait(`document.querySelector(".stage[data-stage=append]").textContent.includes("Another client")`)
	tab.Wait(`[...document.querySelectorAll(".view-card[data-view=counters] dd")].at(-1).textContent == "1"`)

	chromium.Eval[string](tab, `location.hash = "#/view/counters"`)
	tab.Wait(`document.querySelector("tr[data-id='counter/1'] td:nth-child(3)")?.textContent == "2"`)
	s.append(t, "counter/1", "incremented", `{"by":5}`)
	tab.Wait(`document.querySelector("tr[data-id='counter/1'] td:nth-child(3)").textContent == "7"`)
	s.append(t, "counter/2", "incremented", `{"by":9}`)
	tab.Wait(`document.querySelector("tbody tr").dataset.id == "counter/2"`) // it is the highest now

	chromium.Eval[string](tab, `location.hash = "#/key/counter%2F1"`)
	tab.Wait(`document.querySelectorAll(".event").length == 2`)
	s.append(t, "counter/1", "noted", `{"exactly":12345678901234567890.50}`)
	tab.Wait(`document.querySelector(".event")?.dataset.revision == "3"`)
	tab.Wait(`document.querySelector(".event .json").textContent.includes("12345678901234567890.50")`) // every digit
	tab.Wait(`document.querySelector(".standing[data-view=streams]").textContent.includes("has seen revision 3 of 3")`)
	neverReloaded(t, tab)
}

// A conflict is told, with what the key is at, and the picture says that nothing was stored.
func TestConflict(t *testing.T) {
	t.Parallel()
	s := start(t, "127.0.0.1:0", ":memory:", nil)
	s.append(t, "counter/1", "incremented", `{}`)
	tab := s.open(t, "/")
	tab.Expect("412")
	tab.Do(chromedp.SendKeys(chromedp.CSS("[name=key]"), "counter/1"), chromedp.SendKeys(chromedp.CSS("[name=type]"), "incremented"))
	tab.Do(chromedp.SetValue(chromedp.CSS("[name=expected]"), "none"), chromedp.Click(chromedp.CSS(".composer .primary")))
	tab.Wait(`document.querySelector(".answer .pill")?.textContent == "412"`)
	tab.Wait(`document.querySelector(".answer pre").textContent.includes('"actual": 1')`)
	tab.Wait(`document.querySelector(".stage[data-stage=append]").classList.contains("bad")`)
	tab.Do(chromedp.SetValue(chromedp.CSS("[name=data]"), "{by: 2}"), chromedp.Click(chromedp.CSS(".composer .primary")))
	tab.Wait(`document.querySelector(".fault:not([hidden])")?.textContent.includes("no JSON")`)
}

// When the server ends the page says so, and when it is there again the page goes on, with what came meanwhile.
func TestConnectionLost(t *testing.T) {
	t.Parallel()
	reserved, err := port.Reserve()
	if err != nil {
		t.Fatal(err)
	}
	db := t.TempDir() + "/aeon.db"
	s := start(t, reserved.Address(), db, nil)
	s.append(t, "counter/1", "incremented", `{}`)
	tab := s.open(t, "/#/key/counter%2F1")
	tab.Expect("ERR_")
	tab.Wait(`document.querySelectorAll(".event").length == 1`)
	s.stop()
	tab.Wait(`document.querySelector("#link").textContent.includes("not connected")`)
	s = start(t, reserved.Address(), db, nil)
	s.append(t, "counter/1", "incremented", `{}`)
	tab.Wait(`document.querySelector("#link").dataset.state == "live"`)
	tab.Wait(`document.querySelectorAll(".event").length == 2`)
	neverReloaded(t, tab)
}
