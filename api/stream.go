package api

import (
	"net/http"
)

// stream serves GET /streams/{key}.
func (a *api) stream(c *call) (*answer, error) {
	q, err := streamQuery(c.URL.RawQuery, c.key)
	if err != nil {
		return nil, err
	}
	head, events, err := a.store.ReadForAppend(c.Context(), c.key, q.span())
	if err != nil {
		return nil, err
	}
	c.revision = head.Revision()
	if notModified(c.Header, etag(head.Revision())) {
		return c.tagged(&answer{status: http.StatusNotModified, header: http.Header{}}), nil
	}
	p, err := fill(events, q.Limit, q.wants)
	if err != nil {
		return nil, err
	}
	next := ""
	if p.rest != nil {
		if next, err = newToken(c.key, q.from(p.rest.Revision)); err != nil {
			return nil, err
		}
	}
	return c.tagged(p.answer(c.Header, next)), nil
}

// streamHead serves HEAD /streams/{key}, for the price of the head.
func (a *api) streamHead(c *call) (*answer, error) {
	if _, err := streamQuery(c.URL.RawQuery, c.key); err != nil {
		return nil, err
	}
	head, err := a.store.Head(c.Context(), c.key)
	if err != nil {
		return nil, err
	}
	c.revision = head.Revision()
	ans := &answer{status: http.StatusOK, header: http.Header{}}
	if notModified(c.Header, etag(head.Revision())) {
		ans.status = http.StatusNotModified
	}
	return c.tagged(ans), nil
}

// tagged puts the stream's head on an answer.
func (c *call) tagged(ans *answer) *answer {
	ans.header.Set("ETag", etag(c.revision))
	ans.header.Set("Cache-Control", revalidated)
	ans.header.Set("Vary", "Accept")
	return ans
}
