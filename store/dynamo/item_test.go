package dynamo

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"github.com/aeon-es/aeon/store"
)

// update writes the golden files anew: only for a new format, see docs/stored-format.md.
var update = flag.Bool("update", false, "write the golden files")

func position(t *testing.T, s string) store.Position {
	t.Helper()
	p, err := store.ParsePosition(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

var someTime = time.Date(2026, 2, 3, 4, 5, 6, 7_000_000, time.UTC)

func goldenCommits(t *testing.T) map[string]*store.Commit {
	t.Helper()
	return map[string]*store.Commit{
		"commit-small": {
			Key: "c1", Revision: 1, Count: 1, Position: position(t, "01KGH3Q8F70000000000000000"), CommittedAt: someTime,
			AppendID: "ABCDEFGHIJKLMNOPQRSTUVWXYZ", Events: []store.Pending{{Type: "incremented"}},
		},
		"commit-full": {
			Key: "counter/ü 50%", Revision: 41, Count: 2, Position: position(t, "01KGH3Q8F7ABCDEFGHJKM00000"), CommittedAt: someTime,
			AppendID: "ABCDEFGHIJKLMNOPQRSTUVWXYZ", IdempotencyKey: "request-7", Events: []store.Pending{
				{Type: "ordered", CorrelationID: "trace-1", Metadata: map[string]string{"cause": "cart/1@7"}, Data: json.RawMessage(`{"total":12345678901234567890.10,"text":"\u00fc"}`)},
				{Type: "paid", Data: json.RawMessage(`null`)},
			},
		},
	}
}

// golden compares an item with its file.
func golden(t *testing.T, name string, i item) item {
	t.Helper()
	encoded, err := attributevalue.MarshalMapJSON(i)
	if err != nil {
		t.Fatal(err)
	}
	var indented bytes.Buffer
	var sorted any
	if err := json.Unmarshal(encoded, &sorted); err != nil {
		t.Fatal(err)
	}
	e := json.NewEncoder(&indented)
	e.SetIndent("", "  ")
	if err := e.Encode(sorted); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", name+".json")
	if *update {
		if err := os.WriteFile(path, indented.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	stored, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(stored), indented.String()); diff != "" {
		t.Errorf("%s (-stored +encoded):\n%s", path, diff)
	}
	decoded, err := attributevalue.UnmarshalMapJSON(stored)
	if err != nil {
		t.Fatal(err)
	}
	return decoded
}

// inTheFuture adds attributes that this version doesn't know, which it has to pass over.
func inTheFuture(i item) {
	i["newer"] = stringValue("an attribute of the future")
	if events, ok := i["events"].(*types.AttributeValueMemberL); ok {
		for _, e := range events.Value {
			e.(*types.AttributeValueMemberM).Value["newer"] = &types.AttributeValueMemberBOOL{Value: true} //nolint:errcheck,forcetypeassert // they are maps
		}
	}
}

func TestGoldenCommits(t *testing.T) {
	for name, c := range goldenCommits(t) {
		stored := golden(t, name, encodeCommit(c, 16))
		inTheFuture(stored)
		decoded, err := DecodeCommit(stored)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c, decoded); diff != "" {
			t.Errorf("%s read back (-want +got):\n%s", name, diff)
		}
	}
}

func goldenMarker(t *testing.T) *store.Marker {
	t.Helper()
	return &store.Marker{
		Key: "counter/ü 50%", IdempotencyKey: "request-7", Revision: 41, Count: 2, Position: position(t, "01KGH3Q8F7ABCDEFGHJKM00000"),
		CommittedAt: someTime, AppendID: "ABCDEFGHIJKLMNOPQRSTUVWXYZ", Fingerprint: "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU",
		Expires: someTime.Add(time.Hour).Truncate(time.Second),
	}
}

func TestGoldenMarker(t *testing.T) {
	m := goldenMarker(t)
	stored := golden(t, "marker", encodeMarker(m))
	inTheFuture(stored)
	decoded, err := decodeMarker(stored)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(m, decoded); diff != "" {
		t.Errorf("read back (-want +got):\n%s", diff)
	}
}

func TestGoldenSettings(t *testing.T) {
	for name, want := range map[string]*settings{"settings": {format: 1, slices: 16}, "settings-without-index": {format: 1}} {
		stored := golden(t, name, encodeSettings(want))
		inTheFuture(stored)
		got, err := decodeSettings(stored)
		if err != nil || *got != *want {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestGoldenSnapshot(t *testing.T) {
	want := &store.Snapshot{Key: "counter/ü 50%", Name: "counter", Schema: 2, Revision: 41, State: json.RawMessage(`{"count":12345678901234567890.10}`)}
	stored := golden(t, "snapshot", encodeSnapshot(want))
	inTheFuture(stored)
	got, err := decodeSnapshot(stored, want.Key, want.Name)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("read back, %v (-want +got):\n%s", err, diff)
	}
}

// A key whose slice changed would lose its place in the index. The figures are FNV-1a's, computed elsewhere.
func TestSlicesOfKeysNeverChange(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]int{"c1": 9, "counter/ü 50%": 3, "a": 12, "b": 5, "c": 2} {
		if got := sliceOf(key, 16); got != want {
			t.Errorf("slice of %q: %d, want %d", key, got, want)
		}
	}
}

// Each damage must be found, and its error must name the item and the attribute.
func TestDamagedCommits(t *testing.T) {
	t.Parallel()
	number := func(n string) types.AttributeValue { return &types.AttributeValueMemberN{Value: n} }
	events := func(e ...item) types.AttributeValue {
		l := &types.AttributeValueMemberL{}
		for _, i := range e {
			l.Value = append(l.Value, &types.AttributeValueMemberM{Value: i})
		}
		return l
	}
	for _, tc := range []struct {
		attribute string
		value     types.AttributeValue
		names     string
	}{
		{"key", nil, "key"},
		{"revision", stringValue("1"), "revision"},
		{"revision", number("0"), "revision"},
		{"revision", number("1.5"), "revision"},
		{"revision", number("9007199254740992"), "revision"},
		{"count", number("0"), "count"},
		{"count", number("2"), "count"},
		{"count", nil, "count"},
		{"position", stringValue("not a ULID"), "position"},
		{"position", nil, "position"},
		{"committedAt", stringValue("yesterday"), "committedAt"},
		{"appendId", number("1"), "appendId"},
		{"idempotencyKey", number("1"), "idempotencyKey"},
		{"events", nil, "events"},
		{"events", stringValue("[]"), "events"},
		{"events", &types.AttributeValueMemberL{Value: []types.AttributeValue{stringValue("e")}}, "events[0]"},
		{"events", events(item{}), "events[0].type"},
		{"events", events(item{"type": stringValue("")}), "events[0].type"},
		{"events", events(item{"type": stringValue("t"), "data": stringValue("{")}), "events[0].data"},
		{"events", events(item{"type": stringValue("t"), "data": number("1")}), "events[0].data"},
		{"events", events(item{"type": stringValue("t"), "correlationId": number("1")}), "events[0].correlationId"},
		{"events", events(item{"type": stringValue("t"), "metadata": stringValue("m")}), "events[0].metadata"},
		{"events", events(item{"type": stringValue("t"), "metadata": &types.AttributeValueMemberM{Value: item{"a": number("1")}}}), "events[0].metadata.a is"},
	} {
		i := encodeCommit(goldenCommits(t)["commit-small"], 16)
		delete(i, tc.attribute)
		if tc.value != nil {
			i[tc.attribute] = tc.value
		}
		_, err := DecodeCommit(i)
		if !errors.Is(err, store.ErrDamaged) || !strings.Contains(err.Error(), tc.names) {
			t.Errorf("%s = %v: %v", tc.attribute, tc.value, err)
		}
		if tc.attribute != "key" && tc.attribute != "revision" && err != nil && !strings.Contains(err.Error(), `commit "c1" @ 1`) {
			t.Errorf("%v doesn't name the item", err)
		}
	}
}

func TestDamagedMarkers(t *testing.T) {
	t.Parallel()
	number := func(n string) types.AttributeValue { return &types.AttributeValueMemberN{Value: n} }
	for attribute, values := range map[string][]types.AttributeValue{
		"revision": {nil, stringValue("1"), number("0"), number("-1")}, "count": {nil, number("0"), number("1.5")},
		"position": {nil, stringValue("x")}, "committedAt": {nil, stringValue("now")}, "appendId": {nil, number("1")},
		"fingerprint": {nil, number("1")}, "expires": {stringValue("soon"), number("-1")},
	} {
		for _, value := range values {
			i := encodeMarker(goldenMarker(t))
			delete(i, attribute)
			if value != nil {
				i[attribute] = value
			}
			_, err := decodeMarker(i)
			if !errors.Is(err, store.ErrDamaged) || !strings.Contains(err.Error(), attribute) ||
				!strings.Contains(err.Error(), `marker of idempotency key "request-7" in key "counter/ü 50%"`) {
				t.Errorf("%s = %v: %v", attribute, value, err)
			}
		}
	}
}

// FuzzDecodeCommit decodes whatever may stand in a table: no panic, and what is accepted is written back the same.
func FuzzDecodeCommit(f *testing.F) {
	files, err := filepath.Glob("testdata/commit-*.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		seed, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, encoded []byte) {
		i, err := attributevalue.UnmarshalMapJSON(encoded)
		if err != nil {
			return
		}
		c, err := DecodeCommit(i)
		if err != nil {
			if !errors.Is(err, store.ErrDamaged) {
				t.Fatalf("error of another kind: %v", err)
			}
			return
		}
		again, err := DecodeCommit(encodeCommit(c, 16))
		if err != nil {
			t.Fatalf("accepted, written, and then refused: %v", err)
		}
		if diff := cmp.Diff(c, again); diff != "" {
			t.Fatalf("-accepted +written and read:\n%s", diff)
		}
	})
}
