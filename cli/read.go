package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
)

// listFlags are the flags of what lists events.
type listFlags struct {
	start, end string
	limit      int
	backward   bool
	types      []string
	prefix     string
	settled    bool
}

func (f *listFlags) add(c *cobra.Command, unit string) {
	c.Flags().StringVar(&f.start, "start", "", "the first "+unit)
	c.Flags().StringVar(&f.end, "end", "", "the last "+unit)
	c.Flags().IntVarP(&f.limit, "limit", "n", 0, "how many events at most; 0 for all")
	c.Flags().BoolVar(&f.backward, "backward", false, "the last event first")
	c.Flags().StringSliceVar(&f.types, "type", nil, "only events of this type; may be repeated")
}

func (r *run) readCommand() *cobra.Command {
	var f listFlags
	c := &cobra.Command{
		Use:   "read KEY",
		Short: "Read a key's events",
		Example: `  aeon read counter/1
  aeon read counter/1 --start 100 --limit 10
  aeon read counter/1 --backward --limit 1 --json`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return r.withClient(c, false, func(api *client) error {
				return api.events(c.Context(), []string{"streams", args[0]}, f, func(e event) error { return r.printEvent(e, false) })
			})
		},
	}
	f.add(c, "revision")
	return c
}

func (r *run) allCommand() *cobra.Command {
	var f listFlags
	c := &cobra.Command{
		Use:   "all",
		Short: "Read the events of all keys, by position",
		Long: `Read the events of all keys in the order of their positions. The newest can still change places while appends are
under way; --settled stops before them.`,
		Example: `  aeon all --key-prefix order/ --type paid
  aeon all --backward --limit 20
  aeon all --json > events.ndjson`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return r.withClient(c, false, func(api *client) error {
				return api.events(c.Context(), []string{"events"}, f, func(e event) error { return r.printEvent(e, true) })
			})
		},
	}
	f.add(c, "position")
	c.Flags().StringVar(&f.prefix, "key-prefix", "", "only keys that begin with this")
	c.Flags().BoolVar(&f.settled, "settled", false, "stop before what can still change")
	return c
}

// pageLimit is how many events are asked for at once.
const pageLimit = 1000

// query is the first page's.
func (f *listFlags) query() url.Values {
	q := url.Values{}
	limit := pageLimit
	if f.limit > 0 {
		limit = min(limit, f.limit)
	}
	q.Set("limit", strconv.Itoa(limit))
	for name, value := range map[string]string{"start": f.start, "end": f.end, "keyPrefix": f.prefix} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if f.backward {
		q.Set("direction", "backward")
	}
	if f.settled {
		q.Set("settled", "true")
	}
	if len(f.types) > 0 {
		q["type"] = f.types
	}
	return q
}

// events reads a list, page by page.
func (c *client) events(ctx context.Context, path []string, f listFlags, each func(event) error) error {
	if f.limit < 0 {
		return usagef("--limit %d is negative", f.limit)
	}
	left := f.limit
	for q := f.query(); ; {
		a, err := c.send(ctx, request{method: http.MethodGet, path: path, query: q})
		if err != nil {
			return err
		}
		var page struct {
			Events []event `json:"events"`
			Next   string  `json:"next"`
		}
		if err := json.Unmarshal(a.body, &page); err != nil {
			return fmt.Errorf("the server's answer is no list of events: %w", err)
		}
		for _, e := range page.Events {
			if err := each(e); err != nil {
				return err
			}
			if left--; left == 0 {
				return nil
			}
		}
		if page.Next == "" {
			return nil
		}
		q = url.Values{"next": {page.Next}}
	}
}

func (r *run) headCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "head KEY",
		Short:   "Print a key's last revision",
		Example: `  aeon head counter/1`,
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return r.withClient(c, false, func(api *client) error {
				a, err := api.send(c.Context(), request{method: http.MethodHead, path: []string{"streams", args[0]}})
				if err != nil {
					return err
				}
				revision, err := strconv.ParseUint(strings.Trim(a.header.Get("ETag"), `"`), 10, 64)
				if err != nil {
					return fmt.Errorf("the server's answer has no revision as its ETag: %q", a.header.Get("ETag"))
				}
				if r.json {
					return r.printJSON(map[string]any{"key": args[0], "revision": revision})
				}
				return r.printf("%d\n", revision)
			})
		},
	}
}
