package projector_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/aeon-es/aeon/projector"
	projectorsqlite "github.com/aeon-es/aeon/projector/sqlite"
	"github.com/aeon-es/aeon/store"
	storesqlite "github.com/aeon-es/aeon/store/sqlite"
)

// OldOrder is a row of version 1, Order one of version 2.
type (
	OldOrder struct {
		Status string `json:"status"`
	}
	Order struct {
		Status  string `json:"status"`
		Changes int    `json:"changes"`
	}
)

func oldOrderView() projector.View[OldOrder] {
	return projector.View[OldOrder]{Name: "orders", Version: 1, Apply: func(_ *OldOrder, e store.Committed) (*OldOrder, error) {
		return &OldOrder{Status: e.Type}, nil
	}}
}

func orderView() projector.View[Order] {
	return projector.View[Order]{Name: "orders", Version: 2, Apply: func(row *Order, e store.Committed) (*Order, error) {
		if row == nil {
			row = &Order{}
		}
		row.Status = e.Type
		row.Changes++
		return row, nil
	}}
}

// A view is rebuilt beside the live one, and queries are switched over, and back. See docs/rebuild.md.
func ExampleProjector_Rebuild() {
	ctx := context.Background()
	events, rows := openDatabase(ctx)
	defer events.Close() //nolint:errcheck // in memory
	s, now := store.New(events), time.Now()
	o := &projector.Options{Now: func() time.Time { return now }}

	// Until now there was version 1 only.
	old, err := projector.New(s, rows, o, oldOrderView())
	must(err)
	for _, happened := range []string{"placed", "paid", "sent"} {
		_, err := s.Append(ctx, "order/7", store.Any(), []store.Pending{{Type: happened}}, nil)
		must(err)
	}
	_, err = old.CatchUp(ctx, "orders", "order/7")
	must(err)

	// 1. Code that knows both, wherever there is any that projects.
	both := func() *projector.Projector { // as a process that has just started
		p, err := projector.New(s, rows, o, oldOrderView(), orderView())
		must(err)
		return p
	}
	show := func() {
		row, err := both().Query(ctx, "orders", "order/7")
		must(err)
		fmt.Printf("%s\n", row.Row)
	}
	// 2. Register, rebuild and compare.
	compared, err := both().Rebuild(ctx, "orders", 2, &projector.RebuildOptions{Progress: func(now projector.Progress) {
		fmt.Printf("%d keys, %d of %d parts\n", now.Keys, now.Ended, now.Segments)
	}, Segments: 1})
	must(err)
	fmt.Printf("%d keys, %d behind, %d parked; %d rows are the same, %d are not\n",
		compared.Keys, compared.Behind, compared.Parked, compared.Same, compared.Different)
	show()
	// 3. Switch, and 4. back, as version 1 is kept up to date, and over again.
	for _, version := range []int{2, 1, 2} {
		_, err := both().Switch(ctx, "orders", version)
		must(err)
		show()
	}
	// 5. Clean up, when nobody will want to go back any more.
	now = now.Add(time.Hour)
	_, err = both().Unregister(ctx, "orders", 1)
	must(err)
	latest, err := projector.New(s, rows, o, orderView())
	must(err)
	dropped, err := latest.Drop(ctx, "orders", 1)
	must(err)
	fmt.Println("dropped", dropped)
	// Output:
	// 1 keys, 1 of 1 parts
	// 1 keys, 0 behind, 0 parked; 0 rows are the same, 1 are not
	// {"status":"sent"}
	// {"status":"sent","changes":3}
	// {"status":"sent"}
	// {"status":"sent","changes":3}
	// dropped 1
}

// A sweep brings every key up to date: here of a view that is new where there are events already.
func ExampleProjector_Sweep() {
	ctx := context.Background()
	s, p := open(orderView())
	for _, key := range []string{"order/1", "order/2", "order/3"} {
		_, err := s.Append(ctx, key, store.NoStream(), []store.Pending{{Type: "placed"}}, nil)
		must(err)
	}
	must(p.Sweep(ctx, nil))
	row, err := p.Query(ctx, "orders", "order/3")
	must(err)
	fmt.Printf("%s\n", row.Row)
	// Output:
	// {"status":"placed","changes":1}
}

func openDatabase(ctx context.Context) (*storesqlite.Backend, *projectorsqlite.Backend) {
	events, err := storesqlite.Open(storesqlite.Memory)
	must(err)
	rows, err := projectorsqlite.New(ctx, events)
	must(err)
	return events, rows
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
