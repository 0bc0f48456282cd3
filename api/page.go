package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"

	"github.com/aeon-es/aeon/store"
)

const (
	// maxPage is the most events in one page, in bytes of their JSON.
	maxPage = 4 << 20
	// maxQuoted is the same as a string inside of JSON, which is what the answer of a Lambda function is. That
	// ends at 6 MB.
	maxQuoted = 11 << 19 // 5.5 MB
	// maxLook is the most events that are looked at for one page, in bytes of data, for a type that is rare.
	maxLook = 16 << 20
	// lookCost is what an event without data counts for there.
	lookCost = 200
)

// event is one event of a page.
type event struct {
	Key           string            `json:"key"`
	Revision      store.Revision    `json:"revision"`
	Position      store.Position    `json:"position"`
	CommittedAt   string            `json:"committedAt"`
	Type          string            `json:"type"`
	CorrelationID string            `json:"correlationId,omitempty"`
	Metadata      map[string]string `json:"metadata,omitempty"`
	Data          json.RawMessage   `json:"data,omitempty"`
}

// page is a page of a stream.
type page struct {
	events               [][]byte // each as JSON
	size, quoted, looked int
	next                 *query // nil where there is no more
}

// fill takes events until the page is full, or there are no more.
func fill(q query, events iter.Seq2[store.Committed, error]) (*page, error) {
	p := &page{}
	for e, err := range events {
		if err != nil {
			return nil, err
		}
		fits := p.looked < maxLook
		if p.looked += lookCost + len(e.Data); fits && q.wants(&e) {
			fits, err = p.add(&e, q.Limit)
		}
		if err != nil {
			return nil, err
		}
		if !fits {
			next := q.from(e.Revision)
			p.next = &next
			break
		}
	}
	return p, nil
}

// add takes e if there is room for it. There always is for the first.
func (p *page) add(e *store.Committed, limit int) (fits bool, err error) {
	if len(p.events) == limit {
		return false, nil
	}
	text, err := encode(event{
		Key: e.Key, Revision: e.Revision, Position: e.Position, CommittedAt: formatTime(e.CommittedAt),
		Type: e.Type, CorrelationID: e.CorrelationID, Metadata: e.Metadata, Data: e.Data,
	})
	if err != nil {
		return false, fmt.Errorf("event %d of key %q: %w", e.Revision, e.Key, err)
	}
	size, quoted := p.size+len(text)+1, p.quoted+quotedSize(text)+1
	if len(p.events) > 0 && (size > maxPage || quoted > maxQuoted) {
		return false, nil
	}
	p.events, p.size, p.quoted = append(p.events, text), size, quoted
	return true, nil
}

// quotedSize is how long the text is as a string inside of JSON, without the quotes around it.
func quotedSize(text []byte) int {
	n := len(text) + bytes.Count(text, []byte{'"'}) + bytes.Count(text, []byte{'\\'})
	// encoding/json writes these two line breaks as six characters, whatever it is told of HTML.
	return n + 3*bytes.Count(text, []byte("\u2028")) + 3*bytes.Count(text, []byte("\u2029"))
}

// answer is the page as JSON, or as one line for each event. There, the token for the next page is in a header.
func (p *page) answer(key string, lines bool) (*answer, error) {
	next := ""
	if p.next != nil {
		var err error
		if next, err = newToken(key, *p.next); err != nil {
			return nil, err
		}
	}
	var b bytes.Buffer
	b.Grow(p.size + len(next) + len(`{"events":[],"next":""}`) + 1)
	if !lines {
		b.WriteString(`{"events":[`)
		b.Write(bytes.Join(p.events, []byte(",")))
		b.WriteByte(']')
		if next != "" {
			fmt.Fprintf(&b, `,"next":"%s"`, next)
		}
		b.WriteString("}\n")
		return bodyAnswer(http.StatusOK, "application/json", b.Bytes()), nil
	}
	for _, e := range p.events {
		b.Write(e)
		b.WriteByte('\n')
	}
	ans := bodyAnswer(http.StatusOK, linesType, b.Bytes())
	if next != "" {
		ans.header.Set("Link", `<?next=`+next+`>; rel="next"`)
	}
	return ans, nil
}
