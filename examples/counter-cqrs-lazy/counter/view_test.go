package counter

import (
	"testing"

	"github.com/aeon-es/aeon/projector/viewtest"
)

func TestView(t *testing.T) {
	t.Parallel()
	viewtest.Given(t, view,
		viewtest.Event("counter/c1", "incremented", Incremented{By: 5}),
		viewtest.Event("counter/c2", "incremented", Incremented{By: 1}),
		viewtest.Event("counter/c1", "decremented", Decremented{By: 3}),
	).ExpectRow("counter/c1", Row{Value: 2, Changes: 2}).
		ExpectRow("counter/c2", Row{Value: 1, Changes: 1}).
		ExpectNoRow("counter/c3")
}
