package browsertest

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/aeon-es/aeon/internal/testenv/chromium"
	"github.com/aeon-es/aeon/internal/testenv/toolsdir"
)

// prefers has the browser tell a preference of its user's.
func prefers(feature, value string) chromedp.Action[chromedp.Void] {
	return chromium.Call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: feature, Value: value}}})
}

const background = `getComputedStyle(document.body).backgroundColor`

// It is dark where the system is, and otherwise as was chosen, also the next time.
func TestDarkAndLight(t *testing.T) {
	t.Parallel()
	s := start(t, "127.0.0.1:0", ":memory:", nil)
	s.append(t, "counter/1", "incremented", `{}`)
	tab := s.open(t, "/", prefers("prefers-color-scheme", "dark"))
	const dark, light = "rgb(11, 12, 17)", "rgb(246, 245, 241)"
	tab.Wait(background + ` == "` + dark + `"`)
	press(tab, "t")
	tab.Wait(background + ` == "` + light + `"`)
	tab.Do(chromedp.Reload())
	tab.Wait(`document.querySelector("#theme")?.getAttribute("aria-label") == "Theme: light"`)
	tab.Wait(background + ` == "` + light + `"`)
	tab.Do(chromedp.Click(chromedp.CSS("#theme")))
	tab.Wait(background + ` == "` + dark + `"`)
	tab.Do(chromedp.Click(chromedp.CSS("#theme")), prefers("prefers-color-scheme", "light")) // as the system again
	tab.Wait(background + ` == "` + light + `"`)
}

// All of it can be done with the keyboard, and the focus is always to be seen.
func TestKeyboard(t *testing.T) {
	t.Parallel()
	s := start(t, "127.0.0.1:0", ":memory:", nil)
	for _, key := range []string{"alpha", "beta", "gamma"} {
		s.append(t, key, "incremented", `{}`)
	}
	tab := s.open(t, "/")
	tab.Wait(`document.querySelector("#key-count").textContent == "3 keys"`)
	focused := func(selector string) { t.Helper(); tab.Wait(`document.activeElement.matches("` + selector + `")`) }
	press(tab, tabKey)
	focused(".skip")
	press(tab, enter)
	focused("main")
	press(tab, "/")
	focused("#find")
	if width := chromium.Eval[string](tab, `getComputedStyle(document.activeElement).outlineWidth`); width != "2px" {
		t.Errorf("the focus shows by an outline of %s", width)
	}
	press(tab, "b", "e", "t")
	tab.Wait(`document.querySelector("#key-count").textContent == "1 key found"`)
	press(tab, down)
	focused("#keys")
	press(tab, enter)
	tab.Wait(`document.querySelector("h1").textContent == "beta"`)
	focused("h1")
	press(tab, "a")
	focused("[name=type]")
	for _, c := range "decremented" {
		press(tab, string(c))
	}
	press(tab, enter)
	tab.Wait(`document.querySelector(".answer .pill")?.textContent == "201"`)
	tab.Wait(`document.querySelector(".event")?.dataset.revision == "2"`)
	press(tab, escape)
	press(tab, "g", "v")
	tab.Wait(`document.querySelector("h1").textContent == "Views"`)
	press(tab, "?")
	tab.Wait(`document.querySelector("#shortcuts").open`)
	tab.Screenshot("shortcuts")
	press(tab, escape)
	tab.Wait(`!document.querySelector("#shortcuts").open`)
	press(tab, "g", "n")
	tab.Wait(`document.querySelector(".journey")`)
}

// Who wants no motion sees the same, without any.
func TestReducedMotion(t *testing.T) {
	t.Parallel()
	s := start(t, "127.0.0.1:0", ":memory:", nil)
	tab := s.open(t, "/", prefers("prefers-reduced-motion", "reduce"))
	s.append(t, "counter/1", "incremented", `{}`)
	tab.Wait(`[...document.querySelectorAll(".stage")].every((e) => e.classList.contains("done"))`)
	if longest := chromium.Eval[float64](tab, `Math.max(0, ...document.getAnimations().map((a) => a.effect.getComputedTiming().duration))`); longest > 1 {
		t.Errorf("something moves for %v ms", longest)
	}
}

// axe finds nothing to complain about on any page, dark or light, with something parked, and on a narrow screen.
func TestAccessible(t *testing.T) {
	t.Parallel()
	path, err := toolsdir.Path("axe-core", "axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	axe, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	views, _ := fragile()
	s := start(t, "127.0.0.1:0", ":memory:", views)
	empty := start(t, "127.0.0.1:0", ":memory:", nil)
	for range 3 {
		s.append(t, "thing/1", "even", `{"of":[1,"two",null],"at":{"deep":true}}`)
	}
	s.append(t, "thing/1", "odd", `{}`)
	s.append(t, "thing/2", "odd", `{}`)
	for _, scheme := range []string{"light", "dark"} {
		t.Run(scheme, func(t *testing.T) {
			t.Parallel()
			system := prefers("prefers-color-scheme", scheme)
			expectAccessible(t, empty.open(t, "/", system), axe, "empty")
			tab := s.open(t, "/", system)
			tab.Wait(`document.querySelectorAll(".feed li").length == 5`)
			expectAccessible(t, tab, axe, "now-"+scheme)
			for hash, there := range map[string]string{"key/thing%2F1": ".standing.parked .json", "views": ".view-card", "view/streams": "tbody tr", "parked": ".parked-item"} {
				chromium.Eval[string](tab, `location.hash = "#/`+hash+`"`)
				tab.Wait(`document.querySelector("main ` + there + `")`)
				expectAccessible(t, tab, axe, strings.NewReplacer("/", "-", "%2F", "-").Replace(hash)+"-"+scheme)
			}
			tab.Do(chromedp.EmulateViewport(390, 844))
			expectAccessible(t, tab, axe, "narrow-"+scheme)
		})
	}
}

func expectAccessible(t *testing.T, tab *chromium.Tab, axe []byte, name string) {
	t.Helper()
	tab.Wait(`document.getAnimations().every((a) => a.playState == "finished")`)
	tab.Screenshot(name)
	chromium.Eval[bool](tab, string(axe)+`; true`)
	found := chromium.Eval[json.RawMessage](tab, `axe.run(document, {resultTypes: ["violations"]}).then((r) => r.violations.map((v) => ({id: v.id, help: v.help, at: v.nodes.map((n) => n.target.join(" ") + " " + n.failureSummary).slice(0, 3)})))`)
	if string(found) != "[]" {
		t.Errorf("%s: %s", name, found)
	}
}
