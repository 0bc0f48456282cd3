package api

import (
	"encoding/json"
	"fmt"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// listed is a row in a list.
type listed struct {
	ID       string          `json:"id"`
	Revision store.Revision  `json:"revision,omitempty"` // none in views whose rows are made of many keys
	Row      json.RawMessage `json:"row"`
}

// listQuery asks for a page of the rows of a view. As JSON it is what the token for the next page holds.
type listQuery struct {
	Limit int    `json:"wl"`
	Order string `json:"wo,omitempty"`
	After string `json:"wa,omitempty"`
}

// listToken is what the text of "next" holds.
type listToken struct {
	Version int    `json:"v"`
	View    string `json:"w"`
	listQuery
}

// orders are the values of "order".
var orders = map[string]projector.Order{"": projector.AnyOrder, "asc": projector.Ascending, "desc": projector.Descending}

// rows serves GET and HEAD /views/{view}.
func (a *api) rows(c *call) (*answer, error) {
	q, err := parseListQuery(c.URL.RawQuery, c.view)
	if err != nil {
		return nil, err
	}
	if a.projector == nil {
		return nil, noViews(c)
	}
	list, err := a.projector.List(c.Context(), c.view, &projector.ListOptions{Order: orders[q.Order], Limit: q.Limit, After: q.After})
	if err != nil {
		return nil, renamed(err, "after", "next")
	}
	var page parts
	for i, r := range list.Rows {
		text, err := encode(listed{ID: r.ID, Revision: r.Revision, Row: r.Row})
		if err != nil {
			return nil, fmt.Errorf("row %q of view %q: %w", r.ID, c.view, err)
		}
		if !page.add(text) {
			list.Next = list.Rows[i-1].Cursor
			break
		}
	}
	next := ""
	if q.After = list.Next; q.After != "" {
		if next, err = encodeToken(listToken{Version: tokenVersion, View: fingerprint(c.view), listQuery: q}); err != nil {
			return nil, err
		}
	}
	return c.conditional(page.document("rows", next)), nil
}

// parseListQuery reads what a request asks of a view.
func parseListQuery(rawQuery, view string) (q listQuery, err error) {
	v, err := parameters(rawQuery, "limit", "order", "next")
	if err != nil {
		return q, err
	}
	if next, err := v.next(); err != nil || next != "" {
		if err != nil {
			return q, err
		}
		return parseListToken(next, view)
	}
	if q.Limit, err = v.limit(); err != nil {
		return q, err
	}
	if v.has("order") {
		q.Order = v["order"][0]
		if _, known := orders[q.Order]; !known || q.Order == "" {
			return q, invalidf("order", "must be asc or desc")
		}
	}
	return q, nil
}

// parseListToken trusts nothing; what is behind "after" is for the projector to check.
func parseListToken(s, view string) (listQuery, error) {
	t, err := decodeToken[listToken](s)
	_, known := orders[t.Order]
	if err != nil || t.Version != tokenVersion || !known || t.After == "" || validateLimit(t.Limit) != nil {
		return listQuery{}, errToken
	}
	if t.View != fingerprint(view) {
		return listQuery{}, invalidf("next", "is a token for another view")
	}
	return t.listQuery, nil
}
