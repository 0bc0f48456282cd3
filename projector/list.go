package projector

import (
	"context"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"github.com/aeon-es/aeon/store"
)

// How many rows a page of a list holds.
const (
	// DefaultList is how many it holds unless said otherwise.
	DefaultList = 100
	// MaxList is the most that can be asked for.
	MaxList = 1000
)

// Order is that of the rows in a list.
type Order uint8

const (
	// AnyOrder is the ascending order of ranks, or none in a view without them.
	AnyOrder Order = iota
	// Ascending lists the lowest rank first. It needs ranks.
	Ascending
	// Descending lists the highest rank first, and of those that are the same the last id. It needs ranks.
	Descending
)

// ListOptions are the optional settings of [Projector.List]; nil means all defaults.
type ListOptions struct {
	Order Order
	// Limit is how many rows the page may hold, at most [MaxList]; 0 means [DefaultList].
	Limit int
	// After is the Next of the page before, or the Cursor of a row: the page begins behind it, whatever has become of that
	// row. Empty: from the first.
	After string
}

// List is one page of the rows of a view.
type List struct {
	View string
	Rows []ListRow
	// Next goes on behind the page; empty if there are no more rows.
	Next string
}

// ListRow is a row of a list.
type ListRow struct {
	Result
	// Cursor goes on behind this row.
	Cursor string
}

// List reads a page of the rows of a view: those that have a rank, by rank, where the view has ranks; or else all rows, in no
// particular order. A page may hold fewer rows than asked for, or none, and have a Next: it ends at [MaxListPage] bytes, too,
// and looks at a limited part of the table where there is no order.
//
// Paging is stable: a row whose rank stays the same is listed once, whatever becomes of others meanwhile. The list may lag a
// little behind what a [Projector.Query] shows. Rows of parked keys are listed as they are.
//
// Errors: [ErrUnknownView], a [*store.InvalidError] for options that can't be, and what the database answers.
func (p *Projector) List(ctx context.Context, viewName string, o *ListOptions) (List, error) {
	all, err := p.named(viewName)
	if err != nil {
		return List{}, err
	}
	v, err := p.liveForQuery(ctx, all)
	if err != nil {
		return List{}, err
	}
	if o == nil {
		o = &ListOptions{}
	}
	q, err := v.listQuery(*o)
	if err != nil {
		return List{}, err
	}
	limit := q.Limit
	q.Limit++ // tells whether there are more
	page, err := p.backend.List(ctx, q)
	if err != nil {
		return List{}, fmt.Errorf("list view %q: %w", v.name, err)
	}
	if len(page.Rows) > limit {
		page.Rows = page.Rows[:limit]
		page.Next = page.Rows[limit-1].Place
	}
	return v.list(page)
}

// listQuery is what o asks of the backend.
func (v *view) listQuery(o ListOptions) (ListQuery, error) {
	q := ListQuery{View: v.name, Version: v.version, Ranked: v.ranked, Backward: o.Order == Descending, Limit: o.Limit}
	if q.Limit == 0 {
		q.Limit = DefaultList
	}
	switch {
	case q.Limit < 1 || q.Limit > MaxList:
		return q, &store.InvalidError{Field: "limit", Problem: fmt.Sprintf("must be from 1 to %d", MaxList)}
	case o.Order != AnyOrder && !v.ranked:
		return q, &store.InvalidError{Field: "order", Problem: fmt.Sprintf("means nothing for view %q, whose rows have no rank", v.name)}
	}
	var err error
	q.After, err = v.place(o.After)
	return q, err
}

func (v *view) list(page ListPage) (List, error) {
	l := List{View: v.name, Rows: make([]ListRow, len(page.Rows)), Next: v.cursor(page.Next)}
	for i, row := range page.Rows {
		tidied, err := v.tidy(row.Row)
		if err != nil {
			return List{}, fmt.Errorf("row %q of view %q: %w", row.ID, v.name, err)
		}
		l.Rows[i] = ListRow{Result: Result{View: v.name, ID: row.ID, Revision: row.Seen, Row: tidied}, Cursor: v.cursor(row.Place)}
	}
	return l, nil
}

// cursor is a place in the list of this version, as text without special characters.
func (v *view) cursor(place string) string {
	if place == "" {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d#%s", v.version, place))
}

// place undoes cursor. It trusts nothing.
func (v *view) place(cursor string) (string, error) {
	if cursor == "" {
		return "", nil
	}
	text, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	version, place, ok := strings.Cut(string(text), "#")
	n, notNumber := strconv.Atoi(version)
	switch {
	case err != nil || !ok || notNumber != nil || n < 1 || place == "":
		return "", &store.InvalidError{Field: "after", Problem: "is none that was given out here"}
	case n != v.version:
		return "", &store.InvalidError{Field: "after", Problem: fmt.Sprintf(
			"belongs to version %d of view %q, of which version %d is live by now: list it from the first row", n, v.name, v.version)}
	}
	return place, nil
}
