package memviews

import (
	"context"
	"slices"
	"strings"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// List implements [projector.Backend].
func (b *Backend) List(ctx context.Context, q projector.ListQuery) (projector.ListPage, error) {
	if err := ctx.Err(); err != nil {
		return projector.ListPage{}, err
	}
	if q.After != "" && strings.Contains(q.After, "\x00") != q.Ranked {
		return projector.ListPage{}, &store.InvalidError{Field: "after", Problem: "is no place in a list"}
	}
	rows := b.rows(q)
	var page projector.ListPage
	for size, i := 0, 0; i < len(rows); i++ {
		if len(page.Rows) == q.Limit || size >= projector.MaxListPage {
			page.Next = rows[i-1].Place
			break
		}
		page.Rows = append(page.Rows, rows[i])
		size += len(rows[i].Row)
	}
	return page, nil
}

// rows are those that q asks for, whatever its limit.
func (b *Backend) rows(q projector.ListQuery) []projector.ListedRow {
	b.mu.Lock()
	defer b.mu.Unlock()
	direction := 1
	if q.Backward {
		direction = -1
	}
	var rows []projector.ListedRow
	for id, s := range b.items {
		if id.Kind != projector.RowItem || id.View != q.View || id.Version != q.Version || s.Row == nil || (q.Ranked && s.Rank == "") {
			continue
		}
		place := id.ID
		if q.Ranked {
			place = s.Rank + "\x00" + id.ID
		}
		if q.After == "" || strings.Compare(place, q.After) == direction {
			rows = append(rows, projector.ListedRow{ID: id.ID, Stored: clone(s), Place: place})
		}
	}
	slices.SortFunc(rows, func(a, b projector.ListedRow) int { return direction * strings.Compare(a.Place, b.Place) })
	return rows
}
