package dashboard

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

const (
	// maxNews is how much of each kind a page is told at once. A page that is too slow for more misses what came first, and is
	// told how much that was.
	maxNews = 500
	// gather is how long news are gathered before they are sent together.
	gather = 40 * time.Millisecond
	// patience is how long a page may take to read what it is told.
	patience = time.Minute
	// maxFeeds is how many pages may look on.
	maxFeeds = 32
)

// news is what a page has yet to be told.
type news struct {
	Commits  []commitLine `json:"commits,omitempty"`
	Standing []standLine  `json:"standing,omitempty"`
	Missed   int          `json:"missed,omitempty"`
	Pulse    *sample      `json:"pulse,omitempty"`
}

func (n *news) addCommits(lines []commitLine) {
	n.Commits = append(n.Commits, lines...)
	if over := len(n.Commits) - maxNews; over > 0 {
		n.Commits, n.Missed = n.Commits[over:], n.Missed+over
	}
}

func (n *news) addStanding(line standLine) {
	n.Standing = append(n.Standing, line)
	if over := len(n.Standing) - maxNews; over > 0 {
		n.Standing, n.Missed = n.Standing[over:], n.Missed+over
	}
}

// feed is one page that looks on.
type feed struct {
	mu   sync.Mutex
	news news
	wake chan struct{} // holds a token when there are news
}

func (f *feed) add(add func(*news)) {
	f.mu.Lock()
	add(&f.news)
	f.mu.Unlock()
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

func (f *feed) take() news {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := f.news
	f.news = news{}
	return n
}

func (l *Live) join() (*feed, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.finished || len(l.feeds) >= maxFeeds {
		return nil, false
	}
	f := &feed{wake: make(chan struct{}, 1)}
	l.feeds[f] = struct{}{}
	return f, true
}

func (l *Live) leave(f *feed) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.feeds, f)
}

// hello is the first thing that a page is told.
type hello struct {
	Database string     `json:"database"`
	Views    []viewLine `json:"views"`
	History  []sample   `json:"history"`
}

// viewLine says what kind of view there is.
type viewLine struct {
	Name   string `json:"name"`
	Keyed  bool   `json:"keyed"`  // has one row per key
	Ranked bool   `json:"ranked"` // its rows have an order
}

func (d *dashboard) views(ctx context.Context) ([]viewLine, error) {
	lines := []viewLine{}
	for _, name := range d.Projector.Views() {
		keyed, err := d.Projector.Keyed(name)
		if err != nil {
			return nil, err
		}
		_, err = d.Projector.List(ctx, name, &projector.ListOptions{Order: projector.Descending, Limit: 1})
		if err != nil && !errors.Is(err, store.ErrInvalid) {
			return nil, err
		}
		lines = append(lines, viewLine{Name: name, Keyed: keyed, Ranked: err == nil})
	}
	return lines, nil
}

// live serves GET /dev/live: server-sent events, of what happens as it happens.
func (d *dashboard) live(w http.ResponseWriter, r *http.Request) {
	views, err := d.views(r.Context())
	if err != nil {
		writeProblem(w, http.StatusInternalServerError, err.Error())
		return
	}
	f, ok := d.Live.join()
	if !ok {
		writeProblem(w, http.StatusServiceUnavailable, fmt.Sprintf("%d pages look on already: close some", maxFeeds))
		return
	}
	defer d.Live.leave(f)
	out := http.NewResponseController(w)
	if err := out.SetReadDeadline(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) { // the server's is for requests that end
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	err = send(w, "hello", hello{Database: d.Database, Views: views, History: d.Live.lags.history()})
	for err == nil {
		if err = out.Flush(); err != nil {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-d.Live.done:
			return
		case <-f.wake:
		}
		time.Sleep(gather)
		if err = out.SetWriteDeadline(time.Now().Add(patience)); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return
		}
		err = send(w, "news", f.take())
	}
}

func send(w http.ResponseWriter, event string, data any) error {
	text, err := json.Marshal(data) // has no line breaks
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "event: %s\ndata: %s\n\n", event, text)
	return err
}
