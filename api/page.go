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
	// maxPage is the most in one page, in bytes of its JSON.
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

// parts are those of a page, each as JSON, as many as fit.
type parts struct {
	all          [][]byte
	size, quoted int
}

// add takes one if there is room for it. There always is for the first.
func (p *parts) add(text []byte) bool {
	size, quoted := p.size+len(text)+1, p.quoted+quotedSize(text)+1
	if len(p.all) > 0 && (size > maxPage || quoted > maxQuoted) {
		return false
	}
	p.all, p.size, p.quoted = append(p.all, text), size, quoted
	return true
}

// document is the page as a JSON object, with the parts under that name.
func (p *parts) document(name, next string) *answer {
	var b bytes.Buffer
	b.Grow(p.size + len(name) + len(next) + len(`{"":[],"next":""}`) + 1)
	fmt.Fprintf(&b, `{"%s":[`, name)
	b.Write(bytes.Join(p.all, []byte(",")))
	b.WriteByte(']')
	if next != "" {
		fmt.Fprintf(&b, `,"next":"%s"`, next)
	}
	b.WriteString("}\n")
	return bodyAnswer(http.StatusOK, documentType, b.Bytes())
}

// lines is the page with one line for each part. The token for the next page is in a header.
func (p *parts) lines(next string) *answer {
	var b bytes.Buffer
	b.Grow(p.size)
	for _, e := range p.all {
		b.Write(e)
		b.WriteByte('\n')
	}
	ans := bodyAnswer(http.StatusOK, linesType, b.Bytes())
	if next != "" {
		ans.header.Set("Link", `<?next=`+next+`>; rel="next"`)
	}
	return ans
}

// page is a page of events.
type page struct {
	parts
	looked int
	rest   *store.Committed // the one that the next page begins with; nil where there is no more
}

// fill takes events that are wanted until the page is full, or there are no more.
func fill(events iter.Seq2[store.Committed, error], limit int, wants func(*store.Committed) bool) (*page, error) {
	p := &page{}
	for e, err := range events {
		if err != nil {
			return nil, err
		}
		fits := p.looked < maxLook
		if p.looked += lookCost + len(e.Data); fits && wants(&e) {
			fits, err = p.addEvent(&e, limit)
		}
		if err != nil {
			return nil, err
		}
		if !fits {
			p.rest = &e
			break
		}
	}
	return p, nil
}

// addEvent takes e if there is room for it.
func (p *page) addEvent(e *store.Committed, limit int) (fits bool, err error) {
	if len(p.all) == limit {
		return false, nil
	}
	text, err := encode(event{
		Key: e.Key, Revision: e.Revision, Position: e.Position, CommittedAt: formatTime(e.CommittedAt),
		Type: e.Type, CorrelationID: e.CorrelationID, Metadata: e.Metadata, Data: e.Data,
	})
	if err != nil {
		return false, fmt.Errorf("event %d of key %q: %w", e.Revision, e.Key, err)
	}
	return p.add(text), nil
}

// answer is the page as a document or as lines, whichever the caller asks for.
func (p *page) answer(h http.Header, next string) *answer {
	if wantsLines(h) {
		return p.lines(next)
	}
	return p.document("events", next)
}

// quotedSize is how long the text is as a string inside of JSON, without the quotes around it.
func quotedSize(text []byte) int {
	n := len(text) + bytes.Count(text, []byte{'"'}) + bytes.Count(text, []byte{'\\'})
	// encoding/json writes these two line breaks as six characters, whatever it is told of HTML.
	return n + 3*bytes.Count(text, []byte("\u2028")) + 3*bytes.Count(text, []byte("\u2029"))
}
