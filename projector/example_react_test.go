package projector_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// match is the state of a process manager: who has scored how often in a match.
type match struct {
	Goals map[string]int `json:"goals"`
}

// referee gives each player of a match a point for each goal, once the match is over.
func referee() projector.React[match] {
	return projector.React[match]{
		Name: "referee", Keys: []string{"match/"},
		Apply: func(m *match, e store.Committed) (*match, []projector.Reaction, error) {
			if m == nil {
				m = &match{Goals: map[string]int{}}
			}
			switch e.Type {
			case "scored":
				var player string
				err := json.Unmarshal(e.Data, &player)
				m.Goals[player]++
				return m, nil, err
			case "ended":
				return nil, credits(m), nil
			}
			return m, nil, nil
		},
	}
}

// credits are in the order of the players' names: of the same events always the same, as the order of a map is not.
func credits(m *match) []projector.Reaction {
	var all []projector.Reaction
	for _, player := range slices.Sorted(maps.Keys(m.Goals)) {
		data := fmt.Appendf(nil, `{"points":%d}`, m.Goals[player])
		all = append(all, projector.Reaction{Key: "player/" + player, Events: []store.Pending{{Type: "credited", Data: data}}})
	}
	return all
}

// A process manager appends to other keys what follows from events: once, however often it comes to it.
func ExampleReact() {
	ctx := context.Background()
	s, p := open(referee())
	_, err := s.Append(ctx, "match/1", store.NoStream(), []store.Pending{
		{Type: "scored", Data: []byte(`"Ann"`)},
		{Type: "scored", Data: []byte(`"Bob"`)},
		{Type: "scored", Data: []byte(`"Ann"`)},
		{Type: "ended", CorrelationID: "saturday"},
	}, nil)
	must(err)
	for range 2 { // a stream or a poller does that, and it may do so more than once
		must(p.Ring(ctx, []projector.Doorbell{{Key: "match/1"}}))
	}
	for _, player := range []string{"player/Ann", "player/Bob"} {
		for e, err := range s.Read(ctx, player, store.Range{}) {
			must(err)
			fmt.Println(e.Key, e.Revision, e.Type, string(e.Data), e.CorrelationID, e.Metadata)
		}
	}
	// Output:
	// player/Ann 1 credited {"points":2} saturday map[causationDepth:1 causationKey:match/1 causationRevision:4]
	// player/Bob 1 credited {"points":1} saturday map[causationDepth:1 causationKey:match/1 causationRevision:4]
}
