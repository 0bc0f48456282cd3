package conversation

import (
	"fmt"
	"net/http"
	"strings"
)

// step is a request and what is to be answered.
type step struct {
	ask  Request
	want want
	poll bool // ask again as long as the view is behind, or parked
}

// want is what an answer has to be.
type want struct {
	status int
	body   string // as a mask leaves it
	header []string
}

func get(target string) Request { return Request{Method: http.MethodGet, Target: target} }

func head(target string) Request { return Request{Method: http.MethodHead, Target: target} }

// post is an append. Headers are "Name: value".
func post(target, body string, headers ...string) Request {
	r := Request{Method: http.MethodPost, Target: target, Body: body, Header: map[string]string{"Content-Type": "application/json"}}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header[name] = value
	}
	return r
}

func says(status int, body string, headers ...string) want {
	return want{status: status, body: body, header: headers}
}

// stored is the answer to an append of one commit, the n-th of its story.
func stored(key string, revision, count, n int) want {
	return says(http.StatusCreated, appended(key, revision, count, n, ""), etag(revision))
}

// duplicate is the answer to an append that was stored before.
func duplicate(key string, revision, count, n int) want {
	return says(http.StatusOK, appended(key, revision, count, n, `,"duplicate":true`), etag(revision))
}

func appended(key string, revision, count, n int, more string) string {
	return fmt.Sprintf(`{"key":%q,"revision":%d,"position":"<position %d>","committedAt":"<time>","count":%d%s}`, key, revision, n, count, more)
}

// conflict is the answer to an append whose expectation is wrong.
func conflict(key string, expected, actual int) want {
	words := fmt.Sprintf("revision %d", expected)
	if expected == 0 {
		words = "no events"
	}
	detail := fmt.Sprintf(`key \"%s\" is at revision %d, expected %s: read it again and decide anew`, key, actual, words)
	return says(http.StatusPreconditionFailed, fmt.Sprintf(
		`{"type":"conflict","title":"The stream is not at the expected revision","status":412,"detail":"%s","requestId":"<request>","key":%q,"expected":%d,"actual":%d}`,
		detail, key, expected, actual), problem)
}

// counted is the row of a key that was incremented n times.
func counted(key string, n int) want {
	return says(http.StatusOK, fmt.Sprintf(
		`{"view":"counters","id":%q,"revision":%d,"row":{"count":%d,"increments":%d,"decrements":0}}`, key, n, n, n))
}

const problem = "Content-Type: application/problem+json"

func etag(revision int) string { return fmt.Sprintf(`Etag: "%d"`, revision) }

// mayCome says whether another answer may be what is wanted, a little later.
func (w want) mayCome(a Answer) bool {
	return a.Status != w.status && (a.Status == http.StatusAccepted || a.Status == http.StatusServiceUnavailable)
}

// differs tells in what an answer is not what is wanted.
func (w want) differs(a Answer, body string) string {
	var wrong []string
	if a.Status != w.status {
		wrong = append(wrong, fmt.Sprintf("status %d, want %d", a.Status, w.status))
	}
	if body != w.body {
		wrong = append(wrong, fmt.Sprintf("body\n  %s\nwant\n  %s", body, w.body))
	}
	for _, h := range w.header {
		if name, value, _ := strings.Cut(h, ": "); a.Header.Get(name) != value {
			wrong = append(wrong, fmt.Sprintf("header %s: %s, want %s", name, a.Header.Get(name), value))
		}
	}
	return strings.Join(wrong, "; ")
}
