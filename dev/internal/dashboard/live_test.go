package dashboard_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
)

type news struct {
	Commits []struct {
		Key      string
		Revision int
		Count    int
		Types    []string
		Arrived  float64
	}
	Standing []struct {
		View, Key string
		Seen      int
		Parked    *struct{ Revision int }
		Saved     float64
	}
	Missed int
	Pulse  *struct {
		Events int
		Views  map[string]struct {
			Lag          *float64
			Behind, Seen int
		}
	}
}

// listen reads what a page is told, event by event.
func listen(t *testing.T, b *bundle) (next func() (kind, data string, ok bool)) {
	t.Helper()
	r, err := b.server.Client().Get(b.server.URL + "/dev/live")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Body.Close() })
	if kind := r.Header.Get("Content-Type"); r.StatusCode != http.StatusOK || kind != "text/event-stream" {
		t.Fatalf("%s %s", r.Status, kind)
	}
	lines := bufio.NewReader(r.Body)
	return func() (kind, data string, ok bool) {
		for {
			line, err := lines.ReadString('\n')
			if err != nil {
				return "", "", false
			}
			if v, found := strings.CutPrefix(line, "event: "); found {
				kind = strings.TrimSpace(v)
			}
			if v, found := strings.CutPrefix(line, "data: "); found {
				return kind, v, true
			}
		}
	}
}

// A page is told what arrives, where views come to stand, and how far they are behind, and is let go when the server ends.
func TestLive(t *testing.T) {
	t.Parallel()
	b := setup(t)
	next := listen(t, b)
	kind, hello, _ := next()
	if want := `{"database":"test","views":[{"name":"each","keyed":true,"ranked":true},{"name":"all","keyed":false,"ranked":false}],"history":[`; kind != "hello" || !strings.HasPrefix(hello, want) {
		t.Errorf("the first is %s %s, want %s", kind, hello, want)
	}
	b.append(t, "c/1", "even", "odd")
	b.append(t, "d/1", "even")
	var all news
	parkedAt, seen := 0, map[string]int{}
	settled := false
	for !settled {
		_, data, ok := next()
		if !ok {
			t.Fatal("the stream ended")
		}
		var n news
		if err := json.Unmarshal([]byte(data), &n); err != nil {
			t.Fatal(err)
		}
		all.Commits = append(all.Commits, n.Commits...)
		for _, s := range n.Standing {
			seen[s.View+" "+s.Key] = s.Seen
			if s.Parked != nil {
				parkedAt = s.Parked.Revision
			}
			if s.Saved == 0 {
				t.Errorf("no time: %s", data)
			}
		}
		// The view that doesn't want d/1 isn't behind with it, for long.
		settled = len(all.Commits) == 2 && len(seen) == 3 && n.Pulse != nil && n.Pulse.Events == 3 && n.Pulse.Views["each"].Behind == 0 && n.Pulse.Views["all"].Behind == 0
	}
	if c := all.Commits[0]; c.Key != "c/1" || c.Revision != 1 || c.Count != 2 || strings.Join(c.Types, " ") != "even odd" || c.Arrived == 0 {
		t.Errorf("the first commit is %+v", c)
	}
	if parkedAt != 2 || seen["each c/1"] != 1 || seen["all c/1"] != 2 || seen["all d/1"] != 1 {
		t.Errorf("parked at %d, seen %v", parkedAt, seen)
	}
	b.stop()
	for {
		if _, _, ok := next(); !ok {
			break
		}
	}
	if status, _ := b.ask(t, http.MethodGet, "/dev/live", ""); status != http.StatusServiceUnavailable {
		t.Errorf("after the end: %d", status)
	}
}

// More than a few pages can't look on at once.
func TestPagesAreCounted(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for range 32 {
		listen(t, b)
	}
	r, err := b.server.Client().Get(b.server.URL + "/dev/live")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	if body, err := io.ReadAll(r.Body); err != nil || r.StatusCode != http.StatusServiceUnavailable || !strings.Contains(string(body), "close some") {
		t.Errorf("one more: %s %s %v", r.Status, body, err)
	}
}
