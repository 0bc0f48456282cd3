package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/fatih/color"
)

// event is one as the API has it.
type event struct {
	Key           string            `json:"key"`
	Revision      uint64            `json:"revision"`
	Position      string            `json:"position"`
	CommittedAt   time.Time         `json:"committedAt"`
	Type          string            `json:"type"`
	CorrelationID string            `json:"correlationId,omitempty"`
	Metadata      map[string]string `json:"metadata,omitempty"`
	Data          json.RawMessage   `json:"data,omitempty"`
}

// Colours, which are left away where the output is no terminal, or NO_COLOR is set.
var (
	faint = color.New(color.Faint).SprintFunc()
	bold  = color.New(color.Bold).SprintFunc()
	green = color.New(color.FgGreen).SprintFunc()
	red   = color.New(color.FgRed).SprintFunc()
)

// printJSON prints one object, on a line of its own.
func (r *run) printJSON(v any) error {
	var line bytes.Buffer
	e := json.NewEncoder(&line)
	e.SetEscapeHTML(false) // data stays as it was appended
	if err := e.Encode(v); err != nil {
		return err
	}
	_, err := r.out.Write(line.Bytes())
	return err
}

// printf prints for people.
func (r *run) printf(format string, args ...any) error {
	_, err := fmt.Fprintf(r.out, format, args...)
	return err
}

// printEvent prints an event: as a line for people, with its key where that isn't known anyway.
func (r *run) printEvent(e event, withKey bool) error {
	if r.json {
		return r.printJSON(e)
	}
	key := ""
	if withKey {
		key = bold(printable(e.Key)) + " "
	}
	data := ""
	if len(e.Data) > 0 {
		data = " " + string(e.Data)
	}
	return r.printf("%s%s %s %s%s\n", key, bold(strconv.FormatUint(e.Revision, 10)), faint(e.CommittedAt.UTC().Format("2006-01-02T15:04:05.000Z")),
		green(printable(e.Type)), data)
}

// printable shows a name in one word: quoted where it would not be one.
func printable(name string) string {
	if name == "" || strings.ContainsAny(name, " \t\"") || strconv.Quote(name) != `"`+name+`"` {
		return strconv.Quote(name)
	}
	return name
}

// onOneLine is text that somebody else has written, without what would control the terminal.
func onOneLine(text string) string {
	quoted := strconv.Quote(text)
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
}
