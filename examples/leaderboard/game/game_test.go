package game

import (
	"testing"

	"github.com/aeon-es/aeon/projector/viewtest"
)

func TestLeaderboard(t *testing.T) {
	t.Parallel()
	viewtest.Given(t, leaderboard,
		viewtest.Event("game/g1", "scored", Scored{Player: "ada", Points: 3}),
		viewtest.Event("game/g1", "scored", Scored{Player: "bob", Points: 5}),
		viewtest.Event("game/g2", "scored", Scored{Player: "ada", Points: 4}),
		viewtest.Event("game/g2", "closed", nil),
	).ExpectRow("ada", Standing{Player: "ada", Points: 7}).
		ExpectList("ada", "bob")
}

func TestReferee(t *testing.T) {
	t.Parallel()
	credited, err := codec.EncodeAll(Credited{Game: "g1", Amount: Prize})
	if err != nil {
		t.Fatal(err)
	}
	all := viewtest.GivenReact(t, referee,
		viewtest.Event("game/g1", "scored", Scored{Player: "bob", Points: 5}),
		viewtest.Event("game/g1", "scored", Scored{Player: "ada", Points: 5}),
		viewtest.Event("game/g1", "scored", Scored{Player: "eve", Points: 4}),
		viewtest.Event("game/g1", "closed", Closed{}),
	).ExpectNoState("game/g1").All()
	if len(all) != 2 || all[0].Key != "player/ada" || all[1].Key != "player/bob" || string(all[0].Events[0].Data) != string(credited[0].Data) {
		t.Errorf("the reactions are %+v", all)
	}
}

func TestInventory(t *testing.T) {
	t.Parallel()
	viewtest.Given(t, inventory,
		viewtest.Event("player/ada", "credited", Credited{Game: "g1", Amount: 10}),
		viewtest.Event("player/ada", "bought", Bought{Item: "hat", Price: 4}),
	).ExpectRow("player/ada", Inventory{Credits: 6, Items: []string{"hat"}})
}
