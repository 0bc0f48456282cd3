package killed

import (
	"encoding/json"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// Types of events.
const (
	happened = "happened"
	ordered  = "ordered"
	shipped  = "shipped" // by the process manager
)

// trace tells of the events of one key whether each was folded once, and in order.
type trace struct {
	Events int    `json:"events"`
	Hash   uint32 `json:"hash"`
}

func (t trace) with(e store.Committed) trace {
	return trace{t.Events + 1, t.Hash*31 + uint32(e.Revision)}
}

// Views are what the processes keep up to date: one row per key; rows that all keys feed; and a process manager.
func Views() []projector.Definition {
	return []projector.Definition{
		projector.View[trace]{Name: "keyed", Apply: func(row *trace, e store.Committed) (*trace, error) {
			if row == nil {
				row = &trace{}
			}
			next := row.with(e)
			return &next, nil
		}},
		projector.View[map[string]trace]{
			Name: "shared", Types: []string{happened, ordered}, IDs: rowsOf,
			Apply: func(row *map[string]trace, e store.Committed) (*map[string]trace, error) {
				if row == nil {
					row = &map[string]trace{}
				}
				(*row)[e.Key] = (*row)[e.Key].with(e)
				return row, nil
			},
		},
		projector.React[trace]{
			Name: "shipping", Types: []string{ordered},
			Apply: func(row *trace, e store.Committed) (*trace, []projector.Reaction, error) {
				if row == nil {
					row = &trace{}
				}
				next := row.with(e)
				events := []store.Pending{{Type: shipped}}
				return &next, []projector.Reaction{{Key: parcels(e.Key), Events: events}, {Key: allParcels, Events: events}}, nil
			},
		},
	}
}

const allParcels = "parcels"

func parcels(key string) string { return allParcels + "/" + key }

// rowsOf are the rows that an event touches.
func rowsOf(e store.Committed) []string {
	var ids []string
	if err := json.Unmarshal(e.Data, &ids); err != nil {
		panic(err) // never: see some
	}
	return ids
}
