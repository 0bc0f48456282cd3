package cli

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/spf13/cobra"
)

// pending is an event to be appended, as the API has it.
type pending struct {
	Type          string            `json:"type"`
	CorrelationID string            `json:"correlationId,omitempty"`
	Metadata      map[string]string `json:"metadata,omitempty"`
	Data          json.RawMessage   `json:"data,omitempty"`
}

// appended is the answer to an append, as the API has it.
type appended struct {
	Key         string `json:"key"`
	Revision    uint64 `json:"revision"`
	Position    string `json:"position"`
	CommittedAt string `json:"committedAt"`
	Count       int    `json:"count"`
	Duplicate   bool   `json:"duplicate,omitempty"`
}

// appendFlags are the flags of append.
type appendFlags struct {
	expected      int64
	idempotency   string
	correlationID string
	metadata      map[string]string
}

func (r *run) appendCommand() *cobra.Command {
	var f appendFlags
	c := &cobra.Command{
		Use:   "append KEY [TYPE [DATA]]",
		Short: "Append events to a key",
		Long: `Append one event to a key, with JSON as its data; or, without TYPE, the events that come as JSON lines on
standard input, all of them as one commit: {"type":"…","data":…}. The file is made if there is none.`,
		Example: `  aeon append counter/1 incremented
  aeon append counter/1 incremented '{"by":2}' --expected 1
  aeon append order/7 paid '{"amount":12}' --idempotency-key payment-99
  printf '{"type":"incremented"}\n{"type":"decremented"}\n' | aeon append counter/1`,
		Args: cobra.RangeArgs(1, 3),
		RunE: func(c *cobra.Command, args []string) error { return r.append(c, f, args) },
	}
	c.Flags().Int64Var(&f.expected, "expected", -1, "the key's last revision as it has to be: 0 for no events yet; any if left out")
	c.Flags().StringVar(&f.idempotency, "idempotency-key", "", "store nothing where this key has stored these events already")
	c.Flags().StringVar(&f.correlationID, "correlation-id", "", "the event's correlation id")
	c.Flags().StringToStringVar(&f.metadata, "metadata", nil, "the event's metadata, as name=value")
	return c
}

func (r *run) append(c *cobra.Command, f appendFlags, args []string) error {
	var events []pending
	if len(args) == 1 {
		if f.correlationID != "" || len(f.metadata) > 0 {
			return usagef("--correlation-id and --metadata are for one event: put them into the lines")
		}
		var err error
		if events, err = pendingLines(r.in); err != nil {
			return err
		}
	} else {
		e := pending{Type: args[1], CorrelationID: f.correlationID, Metadata: f.metadata}
		if len(args) == 3 {
			if e.Data = json.RawMessage(args[2]); !json.Valid(e.Data) {
				return usagef("DATA is not JSON: %s (a text needs its quotes: '\"text\"')", args[2])
			}
		}
		events = []pending{e}
	}
	header := http.Header{}
	if c.Flags().Changed("expected") {
		if f.expected < 0 {
			return usagef("--expected %d: a revision is 0 or more", f.expected)
		}
		header.Set("If-Match", fmt.Sprintf("%q", fmt.Sprint(f.expected)))
	}
	if f.idempotency != "" {
		header.Set("Idempotency-Key", f.idempotency)
	}
	return r.withClient(c, true, func(api *client) error {
		a, err := api.send(c.Context(), request{
			method: http.MethodPost, path: []string{"streams", args[0]}, header: header, body: map[string]any{"events": events},
		})
		if err != nil {
			return err
		}
		var done appended
		if err := json.Unmarshal(a.body, &done); err != nil {
			return err
		}
		if r.json {
			return r.printJSON(done)
		}
		if done.Duplicate {
			return r.printf("nothing stored: this idempotency key has them already, up to revision %d of %s\n", done.Revision, printable(done.Key))
		}
		return r.printf("%s is at revision %s\n", printable(done.Key), bold(done.Revision))
	})
}

// withClient opens a client for do, and closes it.
func (r *run) withClient(c *cobra.Command, create bool, do func(*client) error) error {
	api, err := r.client(c.Context(), create)
	if err != nil {
		return err
	}
	return errors.Join(do(api), api.close())
}

// maxLine is the longest line that is read: more than an event can be.
const maxLine = 2 << 20

func pendingLines(in io.Reader) ([]pending, error) {
	var events []pending
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxLine)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" {
			continue
		}
		var e pending
		d := json.NewDecoder(strings.NewReader(line))
		d.DisallowUnknownFields()
		if err := d.Decode(&e); err != nil {
			return nil, usagef("line %d of the input is no event: %w", n, err)
		}
		events = append(events, e)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read the events: %w", err)
	}
	if len(events) == 0 {
		return nil, usagef("no events: give TYPE, or JSON lines on standard input")
	}
	return events, nil
}
