package sampleevents

const (
	incremented = `{"events":[{"type":"incremented"}]}`
	upAndDown   = `{"events":[{"type":"incremented","correlationId":"order-4711","metadata":{"by":"example"},"data":{"by":3}},{"type":"decremented"}]}`
	counterAB   = "/streams/counter/a%20b"
)

// stranger is an event that is no request.
var stranger = rule("aws.events", "Scheduled Event", object{})

func appends() []Sample {
	return []Sample{
		{File: "append.json", About: "REST API: one event for stream `c1`", Answered: "201, the revision it got", event: post("/streams/c1", incremented).rest()},
		{
			File: "append-expected.json", About: "the same, expecting revision 2 by `If-Match`", Answered: "201 if `c1` is there, else 412",
			event: post("/streams/c1", incremented, "If-Match", `"2"`).rest(),
		},
		{
			File: "append-idempotent.json", About: "two events with all that an event can have, with an `Idempotency-Key`, for a key with a space",
			Answered: "201, and 200 with `duplicate` whenever it comes again", event: post(counterAB, upAndDown, "Idempotency-Key", "order-4711").rest(),
		},
		{
			File: "append-other-events.json", About: "the same `Idempotency-Key` with another event", Answered: "422 `idempotency-key-reused`",
			Want: &Want{Status: 422, Part: `"type":"idempotency-key-reused"`}, event: post(counterAB, incremented, "Idempotency-Key", "order-4711").rest(),
		},
		{
			File: "append-http-api.json", About: "HTTP API, payload format 2.0", Answered: "201",
			Want: &Want{Status: 201, Part: `"key":"fronts/http api"`}, event: post("/streams/fronts/http%20api", incremented).httpV2(),
		},
		{
			File: "append-http-api-v1.json", About: "HTTP API, payload format 1.0", Answered: "201",
			Want: &Want{Status: 201, Part: `"key":"fronts/http api"`}, event: post("/streams/fronts/http%20api", incremented).httpV1(),
		},
		{
			File: "append-function-url.json", About: "function URL; the body is in base64, the key has a `/` that is escaped", Answered: "201",
			Want: &Want{Status: 201, Part: `"key":"fronts/function url"`}, event: post("/streams/fronts%2Ffunction%20url", incremented).functionURL(),
		},
		{
			File: "append-malformed.json", About: "a body that breaks off", Answered: "400 `invalid`, about `body`",
			Want: &Want{Status: 400, Part: `"field":"body"`}, event: post("/streams/c1", incremented[:30]).rest(),
		},
		{
			File: "append-not-http.json", About: "a scheduled event, which is no request", Answered: "an error that tells what is expected",
			Want: &Want{Error: "the event is not an HTTP request"}, event: stranger,
		},
	}
}

func queries() []Sample {
	row := get("/views/counters/c1", "revision=2")
	return []Sample{
		{File: "query-row.json", About: "REST API: the row of `c1`, showing revision 2 at least", Answered: "200, or 202 while the view is behind", event: row.rest()},
		{
			File: "query-row-behind.json", About: "the same with revision 9", Answered: "202 with `Retry-After` while the view is behind",
			event: get("/views/counters/c1", "revision=9").rest(),
		},
		{
			File: "query-lazy.json", About: "the row as of now, folded in memory", Answered: "200",
			Want: &Want{Status: 200, Part: `"row":{`}, event: get("/views/counters/c1", "lazy=true").rest(),
		},
		{
			File: "query-list.json", About: "a page of the rows of a view, the highest rank first", Answered: "200",
			Want: &Want{Status: 200, Part: `{"rows":[`}, event: get("/views/counters", "limit=10&order=desc").rest(),
		},
		{File: "query-stream.json", About: "a page of the events of `c1`", Answered: "200", event: get("/streams/c1", "limit=10").rest()},
		{
			File: "query-stream-backward.json", About: "the last event of a key with a space", Answered: "200, with `next`",
			event: get(counterAB, "direction=backward&limit=1").rest(),
		},
		{
			File: "query-unchanged.json", About: "the events of `c1`, by a client that has those up to revision 3", Answered: "304 if `c1` is at revision 3",
			Want: &Want{Status: 304}, event: get("/streams/c1", "", "If-None-Match", `"3"`).rest(),
		},
		{
			File: "query-events.json", About: "a page of the events of all streams whose keys begin with `counter/`, of two types", Answered: "200",
			Want: &Want{Status: 200, Part: `{"events":[`}, event: get("/events", "keyPrefix=counter/&type=incremented&type=decremented").rest(),
		},
		{File: "query-head.json", About: "the head of `c1`", Answered: "200, the revision is in `ETag`", event: request{method: "HEAD", path: "/streams/c1"}.rest()},
		{File: "query-health.json", About: "whether the tables answer", Answered: "200", event: get("/health", "").rest()},
		{
			File: "query-http-api.json", About: "HTTP API, payload format 2.0", Answered: "200",
			Want: &Want{Status: 200, Part: `"key":"counter/a b"`}, event: get(counterAB, "direction=backward&limit=1").httpV2(),
		},
		{
			File: "query-http-api-v1.json", About: "HTTP API, payload format 1.0", Answered: "200",
			Want: &Want{Status: 200, Part: `"key":"counter/a b"`}, event: get(counterAB, "direction=backward&limit=1").httpV1(),
		},
		{
			File: "query-function-url.json", About: "function URL; the key has a `/` that is escaped", Answered: "200",
			Want: &Want{Status: 200, Part: `"key":"counter/a b"`}, event: get("/streams/counter%2Fa%20b", "direction=backward&limit=1").functionURL(),
		},
		{
			File: "query-unknown-view.json", About: "a view that there isn't", Answered: "404 `unknown-view`",
			Want: &Want{Status: 404, Part: `"type":"unknown-view"`}, event: get("/views/nonesuch/c1", "").rest(),
		},
		{
			File: "query-malformed.json", About: "a parameter that can't be right", Answered: "400 `invalid`, about `limit`",
			Want: &Want{Status: 400, Part: `"field":"limit"`}, event: get("/streams/c1", "limit=0").rest(),
		},
		{
			File: "query-not-http.json", About: "a direct invocation with a doorbell, which is for the project function", Answered: "an error that tells what is expected",
			Want: &Want{Error: "the event is not an HTTP request"}, event: object{"key", "c1"},
		},
	}
}
