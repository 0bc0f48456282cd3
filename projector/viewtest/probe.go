package viewtest

import (
	"encoding/json"
	"fmt"
	"sync"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// probe stands between a projector and the code of a view, and takes note of what that does.
type probe struct {
	wiping bool // what was given to the code, and what it answered, once it has returned

	mu        sync.Mutex
	problem   string                          // the first, if there is any
	reactions map[string][]projector.Reaction // of a process manager, by the event's name
}

// apply calls the code, by call, for one event and one row. It is given copies.
func apply[Row any](p *probe, row *Row, e store.Committed, call func(*Row, store.Committed) (*Row, error)) (*Row, error) {
	event, given := clone(e), row
	if p.wiping {
		given = copied(row)
	}
	next, err := call(given, event)
	if !unchanged(event, e) {
		p.note(fmt.Sprintf("the view modifies the event %s: other views get it, too", name(e)))
	}
	if !p.wiping || err != nil {
		return next, err
	}
	answer := copied(next)
	for _, used := range []*Row{given, next} {
		if used != nil {
			*used = *new(Row)
		}
	}
	wipe(event)
	return answer, nil
}

// copied is a copy by way of JSON, as a row is stored. Where that can't be made the projector will say so.
func copied[Row any](row *Row) *Row {
	if row == nil {
		return nil
	}
	text, err := json.Marshal(row)
	if err != nil {
		return row
	}
	another := new(Row)
	if err := json.Unmarshal(text, another); err != nil {
		return row
	}
	return another
}

func (p *probe) note(problem string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.problem == "" {
		p.problem = problem
	}
}

// reacted takes note of the reactions to an event.
func (p *probe) reacted(e store.Committed, reactions []projector.Reaction) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.reactions == nil {
		p.reactions = map[string][]projector.Reaction{}
	}
	p.reactions[name(e)] = reactions
}
