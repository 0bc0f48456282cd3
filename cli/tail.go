package cli

import (
	"context"
	"maps"
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
		Long:  `Print the last events of all keys, and with -f those that come, until Ctrl-C. Both take filters.`,
		Example: `  aeon tail -f
  aeon tail -f --type order-paid --key-prefix order/
  aeon tail -n 100 --json`,
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

// tail prints the last events, and follows. What is appended a moment ago may come to stand before what was printed already: so it looks
// back each time, and remembers what it has seen there.
func (r *run) tail(ctx context.Context, api *client, f listFlags, follow bool) error {
	seen := map[string]time.Time{} // positions
	recent := f
	recent.backward, recent.limit = false, 0
	look := func(each func(event) error) (err error) {
		if recent.start, err = positionAt(time.Now().Add(-tailBack).UnixMilli()); err != nil {
			return err
		}
		return api.events(ctx, []string{"events"}, recent, func(e event) error {
			if _, known := seen[e.Position]; known {
				return nil
			}
			seen[e.Position] = time.Now()
			return each(e)
		})
	}
	show := func(e event) error { return r.printEvent(e, true) }
	if follow { // what is there isn't news, but for the last ones
		if err := look(func(event) error { return nil }); err != nil {
			return err
		}
	}
	var last []event
	err := api.events(ctx, []string{"events"}, f, func(e event) error {
		last = append(last, e)
		seen[e.Position] = time.Now()
		return nil
	})
	if err != nil {
		return err
	}
	for _, e := range slices.Backward(last) {
		if err := show(e); err != nil {
			return err
		}
	}
	for follow {
		select {
		case <-ctx.Done():
		case <-time.After(tailEvery):
			err = look(show)
		}
		if ctx.Err() != nil {
			return nil // which is how it ends
		}
		if err != nil {
			return err
		}
		maps.DeleteFunc(seen, func(_ string, at time.Time) bool { return time.Since(at) > 2*tailBack })
	}
	return nil
}

// positionAt is the first position of a millisecond since 1970.
func positionAt(ms int64) (string, error) {
	var u ulid.ULID
	err := u.SetTime(uint64(max(0, ms)))
	return u.String(), err
}
