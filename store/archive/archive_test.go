package archive_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aeon-es/aeon/internal/testenv/dynamolocal"
	"github.com/aeon-es/aeon/store"
	"github.com/aeon-es/aeon/store/archive"
	"github.com/aeon-es/aeon/store/dynamo"
	"github.com/aeon-es/aeon/store/sqlite"
)

func TestMain(m *testing.M) { dynamolocal.Main(m) }

func onFile(t *testing.T) *store.Store {
	t.Helper()
	b, err := sqlite.Open(filepath.Join(t.TempDir(), "aeon.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return store.New(b)
}

func onDynamoDB(t *testing.T, o ...dynamo.Option) *store.Store {
	t.Helper()
	name := strings.ReplaceAll(t.Name(), "/", "-") + rand.Text()
	b := dynamo.New(dynamolocal.Shared(t).Client(), dynamo.Tables{Events: name + "-events", Metadata: name + "-metadata"}, o...)
	if err := b.CreateTables(t.Context()); err != nil {
		t.Fatal(err)
	}
	return store.New(b)
}

// fill appends what there can be: commits of several events, all fields, what JSON can write in several ways, idempotency keys.
func fill(t *testing.T, s *store.Store, keys int) {
	t.Helper()
	add := func(key string, o *store.AppendOptions, events ...store.Pending) {
		if _, err := s.Append(t.Context(), key, store.Any(), events, o); err != nil {
			t.Fatal(err)
		}
	}
	for k := range keys {
		key := fmt.Sprintf("order/%03d", (k*7919)%keys)
		for n := range 1 + k%4 {
			data := fmt.Sprintf(`{"n":%d,"price":12.50e+2,"big":123456789012345678901234567890,"text":"<a>&\u2028\u00FC ü "}`, n)
			add(key, nil, store.Pending{
				Type: "placed", CorrelationID: "c <é>", Metadata: map[string]string{"a b": "<&>\n ", "z": ""}, Data: json.RawMessage(data),
			}, store.Pending{Type: "bare"}, store.Pending{Type: "null", Data: json.RawMessage("null")})
		}
	}
	add(`odd "key"/<ü>`, &store.AppendOptions{IdempotencyKey: "for good", IdempotencyTTL: store.KeepForever}, store.Pending{Type: "a"})
	add(`odd "key"/<ü>`, &store.AppendOptions{IdempotencyKey: "a while"}, store.Pending{Type: "a"})
}

func export(t *testing.T, s *store.Store) string {
	t.Helper()
	var b strings.Builder
	if _, err := archive.Export(t.Context(), s, &b, nil); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// sorted is an archive whatever the order of its keys.
func sorted(text string) []string {
	lines := strings.Split(text, "\n")
	slices.Sort(lines)
	return lines
}

func mustImport(t *testing.T, s *store.Store, text string, stored int) {
	t.Helper()
	done, err := archive.Import(t.Context(), s, strings.NewReader(text), nil)
	if err != nil || done.Stored != stored {
		t.Fatalf("import: %+v, %v; want %d stored", done, err, stored)
	}
}

// A store goes from database to database, and comes back as it was.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	first := onFile(t)
	fill(t, first, 100)
	text := export(t, first)
	commits := strings.Count(text, "appendId")
	for i, s := range []*store.Store{onDynamoDB(t, dynamo.WithoutPositionIndex()), onFile(t)} {
		mustImport(t, s, text, commits)
		mustImport(t, s, text, 0) // once more
		again := export(t, s)
		if !slices.Equal(sorted(again), sorted(text)) {
			t.Fatalf("copy %d differs: %d bytes, %d before", i, len(again), len(text))
		}
		text = again
	}
	if text != export(t, first) {
		t.Error("the same events in the same kind of database are another archive")
	}
	for _, want := range []string{
		`"idempotencyKey":"for good","idempotentUntil":"ever"`, `"idempotencyKey":"a while","idempotentUntil":"20`,
		`12.50e+2`, `123456789012345678901234567890`, `<a>&\u2028\u00FC ü`, `{"type":"bare"}`, `{"type":"null","data":null}`,
		`{"end":{"keys":101,"commits":252,"events":752}}`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the archive has no %s", want)
		}
	}
}

// cutWriter takes so many bytes and no more, and its last write to half.
type cutWriter struct {
	bytes.Buffer
	left int
}

var errFull = errors.New("the disk is full")

func (w *cutWriter) Write(b []byte) (int, error) {
	if len(b) > w.left {
		n, _ := w.Buffer.Write(b[:w.left/2])
		return n, errFull
	}
	w.left -= len(b)
	return w.Buffer.Write(b)
}

// Wherever an export is cut off, it goes on to the same archive, also where the store has got more keys and events meanwhile.
func TestExportGoesOn(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]*store.Store{"file": onFile(t), "DynamoDB": onDynamoDB(t)} {
		fill(t, s, 30)
		large := make([]store.Pending, 3) // a key that is written in several chunks
		for i := range large {
			large[i] = store.Pending{Type: "large", Data: json.RawMessage(`"` + strings.Repeat("x", 30_000) + `"`)}
		}
		for range 24 { // more than a page of keys of DynamoDB
			if _, err := s.Append(t.Context(), "order/large", store.Any(), large, nil); err != nil {
				t.Fatal(err)
			}
		}
		want := export(t, s)
		if n := strings.Count(want, `{"key":"order/large",`); n != 24 || !strings.Contains(want, `{"end":{"keys":32,`) {
			t.Errorf("%s: it has %d commits of a key that has 24, and ends in %s; want 32 keys", name, n, want[max(0, len(want)-100):])
		}
		for cut := 0; cut < len(want); cut += 1 + len(want)/10 {
			var kept bytes.Buffer
			var at *archive.Place
			w := &cutWriter{left: cut}
			save := func(p archive.Place) error {
				at = &p
				kept.Reset()
				kept.Write(w.Bytes())
				return nil
			}
			if _, err := archive.Export(t.Context(), s, w, &archive.ExportOptions{Progress: save}); !errors.Is(err, errFull) {
				t.Fatalf("%s, cut at %d: %v", name, cut, err)
			}
			if at != nil { // as it is kept in a file
				text, err := json.Marshal(at)
				if err != nil {
					t.Fatal(err)
				}
				at = &archive.Place{}
				if err := json.Unmarshal(text, at); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := archive.Export(t.Context(), s, &kept, &archive.ExportOptions{From: at}); err != nil {
				t.Fatal(err)
			}
			if kept.String() != want {
				t.Fatalf("%s, cut at %d of %d: %d bytes came of it, want %d", name, cut, len(want), kept.Len(), len(want))
			}
		}
	}
}

// Wherever an import is cut off, running it again completes it.
func TestImportGoesOn(t *testing.T) {
	t.Parallel()
	from := onFile(t)
	fill(t, from, 30)
	text := export(t, from)
	for _, s := range []*store.Store{onFile(t), onDynamoDB(t)} {
		for cut := 1; cut < len(text); cut += 1 + len(text)/20 {
			_, err := archive.Import(t.Context(), s, strings.NewReader(text[:cut]), nil)
			var line *archive.LineError
			if !errors.As(err, &line) && !errors.Is(err, archive.ErrCutOff) {
				t.Fatalf("cut at %d: %v", cut, err)
			}
		}
		broken := io.MultiReader(strings.NewReader(text[:len(text)/2]), errReader{})
		if _, err := archive.Import(t.Context(), s, broken, nil); !errors.Is(err, errFull) {
			t.Errorf("a reader that fails: %v", err)
		}
		if _, err := archive.Import(t.Context(), s, strings.NewReader(text), nil); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(sorted(export(t, s)), sorted(text)) {
			t.Error("it isn't the same")
		}
	}
}

type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, errFull }

func TestImportRefuses(t *testing.T) {
	t.Parallel()
	const head = `{"aeon":"archive","format":1}` + "\n"
	commit := `{"key":"k","revision":1,"position":"01M85YE5AMABCZZ4KSECA50000","committedAt":"2026-11-24T04:53:43.380Z","appendId":"A","events":[{"type":"a"}]}` + "\n"
	end := `{"end":{"keys":1,"commits":1,"events":1}}` + "\n"
	for name, tc := range map[string]struct{ text, want string }{
		"nothing":          {"", "empty"},
		"no archive":       {`{"key":"k"}`, "line 1 of the archive: this is no archive"},
		"a newer format":   {`{"aeon":"archive","format":2}`, "line 1 of the archive: format 2: this version knows 1"},
		"no JSON":          {head + "key,revision", "line 2 of the archive: invalid character"},
		"no text at all":   {"\x00\x01", "line 1 of the archive: this is no archive"},
		"unknown field":    {head + `{"kye":"k"}`, `line 2 of the archive: json: unknown field "kye"`},
		"no end":           {head + commit, "cut off"},
		"more than it had": {head + commit + `{"end":{"keys":1,"commits":2,"events":2}}`, "line 3 of the archive: it says that there are"},
		"behind the end":   {head + commit + end + commit, "line 4 of the archive: there is more"},
		"two archives":     {head + commit + head + end, "line 3 of the archive: another archive"},
		"two on a line":    {head + strings.TrimSpace(commit) + commit, "line 2 of the archive: it holds more than one"},
		"a gap":            {head + strings.Replace(commit, `"revision":1`, `"revision":7`, 1) + end, "line 2 of the archive: copy: of key \"k\" begins at revision 7"},
		"no position":      {head + strings.Replace(commit, "01M85Y", "", 1) + end, "line 2 of the archive: position"},
		"no time":          {head + strings.Replace(commit, "2026-11-24", "yesterday ", 1) + end, "line 2 of the archive: committedAt"},
		"no key":           {head + strings.Replace(commit, `"k"`, `""`, 1) + end, "line 2 of the archive: key: is empty"},
	} {
		s := onFile(t)
		if _, err := archive.Import(t.Context(), s, strings.NewReader(tc.text), nil); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
	}
	s := onFile(t)
	mustImport(t, s, head+"\n"+commit+end, 1)
	if _, err := s.Append(t.Context(), "k", store.Any(), []store.Pending{{Type: "b"}}, nil); err != nil {
		t.Fatal(err)
	}
	mustImport(t, s, head+commit+end, 0) // it has gone on, and holds the copy still
	other := strings.Replace(commit, `"type":"a"`, `"type":"b"`, 1)
	for _, check := range []bool{true, false} {
		_, err := archive.Import(t.Context(), s, strings.NewReader(head+other+end), &archive.ImportOptions{CheckOnly: check})
		var differ *store.OtherEventsError
		if !errors.As(err, &differ) || differ.Key != "k" || differ.Revision != 1 {
			t.Errorf("check %v: %v", check, err)
		}
	}
}

// What a Writer is given of a store is the archive that Export makes of it.
func TestWriter(t *testing.T) {
	t.Parallel()
	s := onFile(t)
	fill(t, s, 3)
	var written strings.Builder
	w := archive.NewWriter(&written)
	page, err := s.Keys(t.Context(), store.KeyQuery{Segments: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range page.Keys {
		for c, err := range s.Copies(t.Context(), key, 1) {
			if err == nil {
				err = w.Write(&c)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	done, err := w.Close()
	if want := (archive.Totals{Keys: 4, Commits: 8, Events: 20}); err != nil || done != want {
		t.Errorf("%+v, %v; want %+v", done, err, want)
	}
	if got, want := written.String(), export(t, s); got != want {
		t.Errorf("it wrote\n%s\nan export\n%s", got, want)
	}
}

// The errors of what a Writer writes to are its own.
func TestWriterFails(t *testing.T) {
	t.Parallel()
	for room := range 3 {
		w := archive.NewWriter(&cutWriter{left: room * 45}) // the first line, then one more
		err := w.Write(&store.Copy{Commit: store.Commit{Key: "k", Revision: 1}})
		_, closed := w.Close()
		if err := errors.Join(err, closed); !errors.Is(err, errFull) {
			t.Errorf("room for %d lines: %v", room, err)
		}
	}
}
