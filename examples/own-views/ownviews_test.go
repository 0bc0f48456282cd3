package ownviews

import (
	"testing"

	"github.com/aeon-es/aeon/projector/viewtest"
)

func TestActivity(t *testing.T) {
	t.Parallel()
	viewtest.Given(t, activity(),
		viewtest.Event("order/1", "placed", nil), viewtest.Event("order/2", "placed", nil), viewtest.Event("order/1", "paid", `{"by":"card"}`),
	).
		ExpectRow("order/1", Activity{Events: 2, LastType: "paid"}).
		ExpectRow("order/2", Activity{Events: 1, LastType: "placed"}).
		ExpectNoRow("order/3").
		ExpectList("order/2", "order/1")
}
