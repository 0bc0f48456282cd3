package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/aeon-es/aeon/store"
	"github.com/aeon-es/aeon/store/archive"
	"github.com/aeon-es/aeon/store/sqlite"
)

// converted is the archive of what is given.
func converted(t *testing.T, in string, files ...string) string {
	t.Helper()
	var out bytes.Buffer
	if err := run(files, strings.NewReader(in), &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// imported is a store in memory with an archive.
func imported(t *testing.T, text string) *store.Store {
	t.Helper()
	backend, err := sqlite.Open(sqlite.Memory)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = backend.Close() })
	s := store.New(backend)
	if _, err := archive.Import(t.Context(), s, strings.NewReader(text), nil); err != nil {
		t.Fatal(err)
	}
	return s
}

// events are those of a key, one a line.
func events(t *testing.T, s *store.Store, key string) (lines []string) {
	t.Helper()
	for e, err := range s.Read(t.Context(), key, store.Range{}) {
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, fmt.Sprint(e.Revision, " ", e.CommittedAt.Format("15:04:05.000"), " ", e.Type, " ", e.CorrelationID, " ",
			e.Metadata[metadataRevision], " ", string(e.Data)))
	}
	return lines
}

// What a scan of the table prints is imported: in the order of each key, with all that the events were.
func TestScan(t *testing.T) {
	t.Parallel()
	s := imported(t, converted(t, "", "testdata/scan.json"))
	want := []string{
		`1 09:17:39.163 incremented request-7 01JQZ4Y04YVG5HM45GJDA3GSHV `,
		`2 09:17:39.163 decremented request-7 01JQZ4Y04YVG5HM45GJDA3GSHW {"amount":2}`,
		`3 09:17:39.202 incremented  01JQZ4Y0502TE01N65TBW52HEB {"amount":123456789012345678901234567890.25,"bytes":"AQL/","empty":{},"none":null,` +
			`"note":"a \"b\" <c> ü","numbers":[1,2.50],"set":["u","v"],"several":["AQ==","Ag=="],"tags":["x",1,{"deep":[]}],"yes":true}`,
	}
	if got := events(t, s, "counter/1"); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if got := events(t, s, "order/ü"); len(got) != 1 || !strings.HasSuffix(got[0], "01JQZ4Y050FR5Y1H5YKEGCJCCX {}") {
		t.Errorf("got %v", got)
	}
	order := []string{}
	for e, err := range s.ReadAll(t.Context(), store.AllRange{}) {
		if err != nil {
			t.Fatal(err)
		}
		order = append(order, e.Metadata[metadataRevision])
	}
	if !slices.IsSorted(order) || len(order) != 4 {
		t.Errorf("all events come in the order %v", order)
	}
}

// The lines of an export to S3 give the same archive as a scan, also where an item comes again.
func TestExport(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/scan.json")
	if err != nil {
		t.Fatal(err)
	}
	var scan struct{ Items []json.RawMessage }
	if err := json.Unmarshal(text, &scan); err != nil {
		t.Fatal(err)
	}
	var lines bytes.Buffer
	for _, item := range append(scan.Items, scan.Items[0]) {
		line := []byte(`{"Item":` + string(item) + `}`)
		if err := json.Compact(&lines, line); err != nil {
			t.Fatal(err)
		}
		lines.WriteByte('\n')
	}
	if got, want := converted(t, lines.String()), converted(t, string(text)); got != want {
		t.Errorf("the export gives\n%s\nthe scan\n%s", got, want)
	}
	if got := converted(t, lines.String(), "-", "testdata/scan.json"); got != converted(t, string(text)) {
		t.Errorf("both together give\n%s", got)
	}
}

// Events of one millisecond stay apart and in order, whichever process made their revisions.
func TestPositions(t *testing.T) {
	t.Parallel()
	const ms = "01JQZ4Y04Y"
	var items []string
	revisions := []string{
		ms + "0000ZZZZZZZZZZZZ", ms + "0000ZZZZZZZZZZZZ"[:15] + "Y", // one process, counting up
		ms + "8000000000000000", ms + "8000000000000001", ms + "9000000000000000", // others: what tells them apart moves out
		ms + "00ZZZZZZZZZZZZZZ", ms + "0100000000000000", // a carry out of what stays
	}
	for _, r := range revisions {
		items = append(items, fmt.Sprintf(`{"Item":{"key":{"S":"k"},"revision":{"S":%q},"committedAt":{"S":"2025-04-04T09:17:39.163Z"},"type":{"S":"t"}}}`, r))
	}
	got := []string{}
	for _, line := range events(t, imported(t, converted(t, strings.Join(items, "\n"))), "k") {
		got = append(got, strings.Fields(line)[3])
	}
	if want := slices.Sorted(slices.Values(revisions)); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// What one process has appended to several keys in one millisecond comes in its order when all events are read, too.
func TestOneMillisecondOfManyKeys(t *testing.T) {
	t.Parallel()
	var items string
	for i, key := range []string{"c", "a", "b", "a", "c"} {
		items += fmt.Sprintf(`{"Item":{"key":{"S":%q},"revision":{"S":"01JQZ4Y04Y00000000000000%02d"},"committedAt":{"S":"2025-04-04T09:17:39.163Z"},"type":{"S":"%d"}}}`, key, i, i)
	}
	got := ""
	for e, err := range imported(t, converted(t, items)).ReadAll(t.Context(), store.AllRange{}) {
		if err != nil {
			t.Fatal(err)
		}
		got += e.Type
	}
	if got != "01234" {
		t.Errorf("they come as %s", got)
	}
}

// An empty table is an archive without events.
func TestEmptyTable(t *testing.T) {
	t.Parallel()
	if got, want := converted(t, `{"Items":[],"Count":0}`), "{\"aeon\":\"archive\",\"format\":1}\n{\"end\":{\"keys\":0,\"commits\":0,\"events\":0}}\n"; got != want {
		t.Errorf("got %s", got)
	}
}

// What isn't the events table is refused, with its place and name.
func TestRefused(t *testing.T) {
	t.Parallel()
	event := func(replace, by string) string {
		return strings.Replace(`{"Item":{"key":{"S":"k"},"revision":{"S":"01JQZ4Y04YVG5HM45GJDA3GSHV"},"committedAt":{"S":"2025-04-04T09:17:39.163Z"},"type":{"S":"t"},"data":{"M":{}}}}`,
			replace, by, 1)
	}
	for in, want := range map[string]string{
		"":                                   "-: it is empty",
		"{}":                                 "object 1 is neither a scan",
		"[1]":                                "object 1: json",
		event("", "") + `{"Item":{"pk":{}}}`: "item 2: it has no key: is this the table of events?",
		event(`"01JQZ`, `"7`):                `key "k": revision`,
		event(`"revision"`, `"sk"`):          `key "k": it has no revision`,
		event(`"type"`, `"kind"`):            `key "k", revision 01JQZ4Y04YVG5HM45GJDA3GSHV: it has no type`,
		event(`"M":{}`, `"M":{"a":{"L":[{"X":1}]}}`):      "data: a: 0: a value has no type",
		event(`"committedAt":{"S"`, `"committedAt":{"N"`): "object 1: json",
		event(`"2025-`, `"in 2025-`):                      `key "k", revision 01JQZ4Y04YVG5HM45GJDA3GSHV: committedAt "in 2025-04-04T09:17:39.163Z" is no time`,
	} {
		err := run(nil, strings.NewReader(in), io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", in, err, want)
		}
	}
	if err := run([]string{"testdata/nothing.json"}, nil, io.Discard, io.Discard); err == nil {
		t.Error("a file that isn't there is read")
	}
}
