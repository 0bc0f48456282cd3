package conversation

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

const incremented = `{"events":[{"type":"incremented"}]}`

// counting is the way of two events from their appends to a row. The requests of this story and the next two are
// those of the sample events.
var counting = []step{
	{ask: get("/health"), want: says(http.StatusOK, `{"status":"ok"}`)},
	{ask: post("/streams/c1", incremented), want: stored("c1", 1, 1, 1)},
	{ask: post("/streams/c1", incremented), want: stored("c1", 2, 1, 2)},
	{ask: get("/views/counters/c1?revision=2"), poll: true, want: counted("c1", 2)},
	{ask: get("/views/counters/c1?revision=9"), want: says(http.StatusAccepted,
		`{"current":2,"requested":9,"retryAfterSeconds":1}`, "Retry-After: 1")},
}

// The two writers, both of which expect revision 2, come between these.
var afterTwoWriters = []step{
	{ask: get("/streams/c1?limit=10"), want: says(http.StatusOK, `{"events":[`+
		event("c1", 1, 1, `"type":"incremented"`)+`,`+event("c1", 2, 2, `"type":"incremented"`)+`,`+event("c1", 3, 3, `"type":"incremented"`)+`]}`, etag(3))},
	{ask: head("/streams/c1"), want: says(http.StatusOK, "", etag(3))},
}

const (
	upAndDown = `{"events":[{"type":"incremented","correlationId":"order-4711","metadata":{"by":"example"},"data":{"by":3}},{"type":"decremented"}]}`
	orderKey  = "Idempotency-Key: order-4711"
)

// idempotency is the same append twice, with another between them.
var idempotency = []step{
	{ask: post("/streams/counter/a%20b", upAndDown, orderKey), want: stored("counter/a b", 2, 2, 1)},
	{ask: post("/streams/counter/a%20b", incremented), want: stored("counter/a b", 3, 1, 2)},
	{ask: post("/streams/counter/a%20b", upAndDown, orderKey), want: duplicate("counter/a b", 2, 2, 1)},
	{ask: get("/streams/counter/a%20b?direction=backward&limit=1"), want: says(http.StatusOK,
		`{"events":[`+event("counter/a b", 3, 2, `"type":"incremented"`)+`],"next":"<next>"}`, etag(3))},
}

func event(key string, revision, n int, rest string) string {
	return fmt.Sprintf(`{"key":%q,"revision":%d,"position":"<position %d>","committedAt":"<time>",%s}`, key, revision, n, rest)
}

// views are what there is to say about the rows of the stories before.
var views = []step{
	{ask: get("/views/counters/counter/a%20b?revision=3"), poll: true, want: says(http.StatusOK,
		`{"view":"counters","id":"counter/a b","revision":3,"row":{"count":3,"increments":2,"decrements":1}}`)},
	{ask: get("/views/streams/counter/a%20b?revision=3"), poll: true, want: says(http.StatusOK,
		`{"view":"streams","id":"counter/a b","revision":3,"row":{"events":3,"firstAt":"<time>","lastAt":"<time>","lastType":"incremented"}}`)},
	{ask: get("/views/counters/c1?revision=3"), poll: true, want: counted("c1", 3)},
	{ask: get("/views/counters/c1"), want: counted("c1", 3)},
	{ask: get("/views/counters/nobody?revision=1"), want: says(http.StatusAccepted,
		`{"current":0,"requested":1,"retryAfterSeconds":1}`, "Retry-After: 1")},
	{ask: get("/views/counters/nobody"), want: says(http.StatusNotFound,
		`{"type":"not-found","title":"Not found","status":404,"detail":"there is no such row: view \"counters\" has none of id \"nobody\"","requestId":"<request>"}`, problem)},
	{ask: get("/views/nonesuch/c1"), want: says(http.StatusNotFound,
		`{"type":"unknown-view","title":"There is no such view","status":404,"detail":"unknown view \"nonesuch\": known are counters, streams","requestId":"<request>"}`, problem)},
}

// expectations are those that a stream of two commits, of three events and of one, doesn't meet, and that it does.
var expectations = []step{
	{ask: post("/streams/batch", `{"events":[{"type":"a"},{"type":"b"},{"type":"c"}]}`, `If-Match: "1"`), want: conflict("batch", 1, 0)},
	{ask: post("/streams/batch", `{"events":[{"type":"a"},{"type":"b"},{"type":"c"}]}`, `If-None-Match: *`), want: stored("batch", 3, 3, 1)},
	{ask: post("/streams/batch", incremented, `If-Match: "2"`), want: conflict("batch", 2, 3)}, // inside of a commit
	{ask: post("/streams/batch", incremented, `If-Match: "4"`), want: conflict("batch", 4, 3)}, // past the head
	{ask: post("/streams/batch", incremented, `If-Match: "9"`, "Idempotency-Key: late"), want: conflict("batch", 9, 3)},
	{ask: post("/streams/batch", incremented, `If-Match: "0"`), want: conflict("batch", 0, 3)},
	{ask: post("/streams/batch", incremented, `If-Match: "3"`), want: stored("batch", 4, 1, 2)},
	{ask: post("/streams/batch", incremented, `If-Match: "3"`), want: conflict("batch", 3, 4)},
	{ask: post("/streams/batch", incremented, `If-Match: "2"`), want: conflict("batch", 2, 4)},
	{ask: get("/streams/batch"), want: says(http.StatusOK, `{"events":[`+
		event("batch", 1, 3, `"type":"a"`)+`,`+event("batch", 2, 4, `"type":"b"`)+`,`+event("batch", 3, 1, `"type":"c"`)+`,`+
		event("batch", 4, 2, `"type":"incremented"`)+`]}`, etag(4))},
}

// keys are those that come to harm where a path is decoded twice, or not at all, or cut at the wrong place.
var keys = []string{"counter/a  b", "ü", "50%", "what?", "a+b", "a//b/", "100%25", "%2F", "a#b&c=d;e", `"<\>`, "日本/🎈"}

// storyOfKey is an event's way, for a key that a path can't hold as it is.
func storyOfKey(key string) []step {
	path := url.PathEscape(key)
	if !strings.Contains(key, "//") { // slashes next to each other are joined where requests are signed
		path = strings.ReplaceAll(path, "%2F", "/")
	}
	return []step{
		{ask: get("/streams/" + path), want: says(http.StatusOK, `{"events":[]}`, etag(0))},
		{ask: post("/streams/"+path, incremented, `If-None-Match: *`), want: stored(key, 1, 1, 1)},
		{ask: post("/streams/"+path, incremented, `If-Match: "1"`), want: stored(key, 2, 1, 2)},
		{ask: get("/views/counters/" + path + "?revision=2"), poll: true, want: counted(key, 2)},
		{ask: get("/streams/" + path + "?start=2"), want: says(http.StatusOK, `{"events":[`+event(key, 2, 2, `"type":"incremented"`)+`]}`, etag(2))},
	}
}

// parked is an event that one view can't fold: that view shows what it has, and the other goes on.
var parked = []step{
	{ask: post("/streams/broken", `{"events":[{"type":"incremented"},{"type":"incremented","data":{"by":"one"}},{"type":"incremented"}]}`),
		want: stored("broken", 3, 3, 1)},
	{ask: get("/views/counters/broken?revision=3"), poll: true, want: says(http.StatusServiceUnavailable,
		`{"type":"parked","title":"The view can't fold an event of this stream","status":503,`+
			`"detail":"view \"counters\" is parked for key \"broken\" at revision 2 (error): mend the view's code and redrive","requestId":"<request>",`+
			`"key":"broken","revision":2,"class":"error","current":1}`, problem)},
	{ask: get("/views/counters/broken?revision=1"), want: counted("broken", 1)},
	{ask: get("/views/streams/broken?revision=3"), poll: true, want: says(http.StatusOK,
		`{"view":"streams","id":"broken","revision":3,"row":{"events":3,"firstAt":"<time>","lastAt":"<time>","lastType":"incremented"}}`)},
}

var mended = []step{{ask: get("/views/counters/broken?revision=3"), poll: true, want: counted("broken", 3)}}

// resumed is what has to be there still, and how it goes on.
var resumed = []step{
	{ask: get("/health"), want: says(http.StatusOK, `{"status":"ok"}`)},
	{ask: post("/streams/counter/a%20b", upAndDown, orderKey), want: duplicate("counter/a b", 2, 2, 1)},
	{ask: get("/streams/c1"), want: says(http.StatusOK, `{"events":[`+
		event("c1", 1, 2, `"type":"incremented"`)+`,`+event("c1", 2, 3, `"type":"incremented"`)+`,`+event("c1", 3, 4, `"type":"incremented"`)+`]}`, etag(3))},
	{ask: post("/streams/c1", incremented, `If-Match: "2"`), want: conflict("c1", 2, 3)},
	{ask: post("/streams/c1", incremented, `If-Match: "3"`), want: stored("c1", 4, 1, 5)},
	{ask: get("/views/counters/c1?revision=4"), poll: true, want: counted("c1", 4)},
	{ask: get("/views/counters/counter/a%20b?revision=3"), poll: true, want: says(http.StatusOK,
		`{"view":"counters","id":"counter/a b","revision":3,"row":{"count":3,"increments":2,"decrements":1}}`)},
}
