package projector_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log"

	"github.com/aeon-es/aeon/projector"
	projectorsqlite "github.com/aeon-es/aeon/projector/sqlite"
	"github.com/aeon-es/aeon/store"
	storesqlite "github.com/aeon-es/aeon/store/sqlite"
)

// Player is a row of a leaderboard.
type Player struct {
	Name   string `json:"name"`
	Points int64  `json:"points"`
}

// leaderboard has one row per key, the player with the most points first, and by name those who have as many.
func leaderboard() projector.View[Player] {
	return projector.View[Player]{
		Name: "leaderboard",
		Apply: func(row *Player, e store.Committed) (*Player, error) {
			if row == nil {
				row = &Player{Name: e.Key}
			}
			var scored struct{ Points int64 }
			err := json.Unmarshal(e.Data, &scored)
			row.Points += scored.Points
			return row, err
		},
		Rank: func(row Player) string { return projector.RankIntDescending(row.Points) + row.Name },
	}
}

// open gives a store in memory, and a projector with a view. A program closes the backend when it ends.
func open(v projector.Definition) (*store.Store, *projector.Projector) {
	events, err := storesqlite.Open(storesqlite.Memory)
	if err != nil {
		log.Fatal(err)
	}
	rows, err := projectorsqlite.New(context.Background(), events)
	if err != nil {
		log.Fatal(err)
	}
	s := store.New(events)
	p, err := projector.New(s, rows, nil, v)
	if err != nil {
		log.Fatal(err)
	}
	return s, p
}

// A leaderboard lists the rows of a view by rank.
func ExampleProjector_List() {
	s, p := open(leaderboard())
	ctx := context.Background()
	for _, scored := range []struct {
		player string
		points int
	}{{"Grace", 20}, {"Ada", 30}, {"Barbara", 5}, {"Grace", 10}} {
		data := fmt.Appendf(nil, `{"points":%d}`, scored.points)
		if _, err := s.Append(ctx, scored.player, store.Any(), []store.Pending{{Type: "scored", Data: data}}, nil); err != nil {
			log.Fatal(err)
		}
		if _, err := p.CatchUp(ctx, "leaderboard", scored.player); err != nil { // a stream or a poller does that
			log.Fatal(err)
		}
	}
	page, err := p.List(ctx, "leaderboard", &projector.ListOptions{Limit: 2})
	if err != nil {
		log.Fatal(err)
	}
	for _, row := range page.Rows {
		fmt.Printf("%s\n", row.Row)
	}
	fmt.Println("more:", page.Next != "")
	// Output:
	// {"name":"Ada","points":30}
	// {"name":"Grace","points":30}
	// more: true
}
