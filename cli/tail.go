package cli

import (
	"context"
	"slices"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/spf13/cobra"
)

// How often tail looks, and how far back each time: what settles late shows late, but shows.
const (
	tailEvery = 500 * time.Millisecond
	tailBack  = 10 * time.Second
)

func (r *run) tailCommand() *cobra.Command {
	f := listFlags{limit: 10, backward: true}
	follow := false
	c := &cobra.Command{
		Use:   "tail",
		Short: "Print the last events of all keys, and follow them",
		Example: `  aeon tail -f
  aeon tail -n 100 --key-prefix order/ --json`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if f.limit < 1 {
				return usagef("--limit %d: at least one", f.limit)
			}
			return r.withClient(c, false, func(api *client) error { return r.tail(c.Context(), api, f, follow) })
		},
	}
	c.Flags().IntVarP(&f.limit, "limit", "n", f.limit, "how many of the last events")
	c.Flags().BoolVarP(&follow, "follow", "f", false, "go on with those that come, until Ctrl-C")
	c.Flags().StringSliceVar(&f.types, "type", nil, "only events of this type; may be repeated")
	c.Flags().StringVar(&f.prefix, "key-prefix", "", "only keys that begin with this")
	return c
}

func (r *run) tail(ctx context.Context, api *client, f listFlags, follow bool) error {
	var last []event
	err := api.events(ctx, []string{"events"}, f, func(e event) error {
		last = append(last, e)
		return nil
	})
	if err != nil {
		return err
	}
	slices.Reverse(last)
	shown := map[string]time.Time{} // positions
	show := func(e event) error {
		if _, known := shown[e.Position]; known {
			return nil
		}
		shown[e.Position] = time.Now()
		return r.printEvent(e, true)
	}
	for _, e := range last {
		if err := show(e); err != nil {
			return err
		}
	}
	from := time.Now()
	for follow {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(tailEvery):
		}
		forward := f
		forward.backward, forward.limit = false, 0
		if forward.start, err = positionAt(max(from.UnixMilli(), time.Now().Add(-tailBack).UnixMilli())); err != nil {
			return err
		}
		if err := api.events(ctx, []string{"events"}, forward, show); err != nil {
			return err
		}
		for position, at := range shown {
			if time.Since(at) > 2*tailBack {
				delete(shown, position)
			}
		}
	}
	return nil
}

// positionAt is the first position of a millisecond since 1970.
func positionAt(ms int64) (string, error) {
	var u ulid.ULID
	err := u.SetTime(uint64(max(0, ms)))
	return u.String(), err
}
