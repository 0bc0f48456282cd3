package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/spf13/cobra"
)

// errNotYet says that a view doesn't show yet what was asked for.
var errNotYet = errors.New("not yet")

// viewFlags are the flags of view.
type viewFlags struct {
	revision uint64
	after    []string
	wait     time.Duration
	lazy     bool
	limit    int
	order    string
}

func (r *run) viewCommand() *cobra.Command {
	var f viewFlags
	c := &cobra.Command{
		Use:   "view VIEW [ID]",
		Short: "Print a row of a view, or its rows",
		Example: `  aeon view counters counter/1
  aeon view counters counter/1 --revision 7 --wait 5s
  aeon view scores --order desc --limit 10`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(c *cobra.Command, args []string) error {
			return r.withClient(c, false, func(api *client) error {
				if len(args) == 1 {
					return r.rows(c, api, f, args[0])
				}
				return r.row(c, api, f, args[0], args[1])
			})
		},
	}
	c.Flags().Uint64Var(&f.revision, "revision", 0, "the revision of its key that the row has to show")
	c.Flags().StringSliceVar(&f.after, "after", nil, "KEY@REVISION that the view has to have seen; may be repeated")
	c.Flags().DurationVar(&f.wait, "wait", 0, "how long to wait for that, 20s at most")
	c.Flags().BoolVar(&f.lazy, "lazy", false, "fold what is missing, and store nothing")
	c.Flags().IntVarP(&f.limit, "limit", "n", 100, "how many rows at most; 0 for all")
	c.Flags().StringVar(&f.order, "order", "", "asc or desc, in a view whose rows have ranks")
	if err := c.RegisterFlagCompletionFunc("order", cobra.FixedCompletions([]string{"asc", "desc"}, cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic(err) // only for a flag that isn't there
	}
	return c
}

func (r *run) row(c *cobra.Command, api *client, f viewFlags, view, id string) error {
	q := url.Values{}
	if c.Flags().Changed("revision") {
		q.Set("revision", strconv.FormatUint(f.revision, 10))
	}
	if len(f.after) > 0 {
		q["after"] = f.after
	}
	if f.wait > 0 {
		q.Set("wait", f.wait.String())
	}
	if f.lazy {
		q.Set("lazy", "true")
	}
	a, err := api.send(c.Context(), request{method: http.MethodGet, path: []string{"views", view, id}, query: q})
	if err != nil {
		return err
	}
	if a.status == http.StatusAccepted {
		var behind struct{ Current, Requested uint64 }
		if err := json.Unmarshal(a.body, &behind); err != nil {
			return err
		}
		return fmt.Errorf("%w: view %q shows revision %d, not %d: wait for it (--wait), or ask again", errNotYet, view, behind.Current, behind.Requested)
	}
	if r.json {
		return r.printf("%s\n", bytes.TrimSpace(a.body))
	}
	var found struct {
		Revision uint64          `json:"revision"`
		Row      json.RawMessage `json:"row"`
	}
	if err := json.Unmarshal(a.body, &found); err != nil {
		return err
	}
	return r.printRow(id, found.Revision, found.Row)
}

func (r *run) printRow(id string, revision uint64, row json.RawMessage) error {
	if revision > 0 {
		return r.printf("%s %s %s\n", bold(printable(id)), faint(fmt.Sprint("@", revision)), row)
	}
	return r.printf("%s %s\n", bold(printable(id)), row)
}

// rows prints the rows of a view, page by page.
func (r *run) rows(c *cobra.Command, api *client, f viewFlags, view string) error {
	for _, name := range []string{"revision", "after", "wait", "lazy"} {
		if c.Flags().Changed(name) {
			return usagef("--%s is for one row: give its ID", name)
		}
	}
	left := f.limit
	q := url.Values{"limit": {strconv.Itoa(pageLimit)}}
	if left > 0 {
		q.Set("limit", strconv.Itoa(min(left, pageLimit)))
	}
	if f.order != "" {
		q.Set("order", f.order)
	}
	for {
		a, err := api.send(c.Context(), request{method: http.MethodGet, path: []string{"views", view}, query: q})
		if err != nil {
			return err
		}
		var page struct {
			Rows []struct {
				ID       string          `json:"id"`
				Revision uint64          `json:"revision,omitempty"`
				Row      json.RawMessage `json:"row"`
			} `json:"rows"`
			Next string `json:"next"`
		}
		if err := json.Unmarshal(a.body, &page); err != nil {
			return err
		}
		for _, row := range page.Rows {
			if r.json {
				err = r.printJSON(row)
			} else {
				err = r.printRow(row.ID, row.Revision, row.Row)
			}
			if err != nil {
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
