package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/aeon-es/aeon/internal/conversation"
	"github.com/aeon-es/aeon/internal/testenv/long"
	"github.com/aeon-es/aeon/internal/testenv/ministack"
	"github.com/aeon-es/aeon/internal/testenv/schemathesis"
)

// deployment is the stack on an emulator that holds everybody to their policies: the callers of the API, and the functions
// to those of their roles.
type deployment struct {
	stack
	server  *ministack.Server
	outputs map[string]string
}

// The stack is created, updated and deleted, as the README says, and talked to in between.
func testDeployed(t *testing.T, s stack) {
	d := &deployment{stack: s, server: ministack.Start(t, "AUTH=true")}
	d.deploy(t)
	published := subscribe(t, d.server, d.outputs["EventBusName"], "aeon")
	d.allowBatches(t)
	d.testAuthorization(t)
	caller := d.user(t, "caller", d.arn(t))
	api := d.api(t, caller)
	talk := conversation.New(api)
	talk.Hold(t)
	talk.Park(t)
	client := dynamodb.NewFromConfig(d.server.Config())
	talk.ExpectTable(t, client, d.outputs["EventsTableName"])
	schemathesis.Run(t, d.front(t, caller), schemathesis.Options{Phases: []string{"examples", "fuzzing"}, Examples: long.Or(200, 2), Right: true, Reading: true})
	published.expect(t, scan(t, client, d.outputs["EventsTableName"]))
	beside := d.deployBeside(t)
	beside.expect(t, "c1", 3) // by a sweep

	if version := d.describedVersion(t, api); version != "1" {
		t.Errorf("before the update the API is of version %s", version)
	}
	d.update(t)
	d.deploy(t)
	if version := d.describedVersion(t, api); version != "2" {
		t.Errorf("after the update the API is of version %s", version)
	}
	talk.Resume(t, api)
	beside.expect(t, "c1", 4) // by the bus
	d.redrive(t, `{"view":"counters","key":"broken"}`)
	talk.Mend(t)
	d.expectEmpty(t, "RedriveDeadLetterQueueUrl")
	talk.ExpectTable(t, client, d.outputs["EventsTableName"])
	published.expect(t, scan(t, client, d.outputs["EventsTableName"]))

	beside.sam(t, d.server.Env(), "delete", "--no-prompts")
	metadata := scan(t, client, d.outputs["MetadataTableName"])
	d.sam(t, d.server.Env(), "delete", "--no-prompts")
	if a, err := api(t.Context(), conversation.Request{Method: http.MethodGet, Target: "/health"}); err != nil || a.Status < http.StatusBadRequest {
		t.Errorf("after the stack was deleted, the API answers %d %s (%v)", a.Status, a.Body, err)
	}
	if left, err := client.ListTables(t.Context(), nil); err != nil || slices.Contains(left.TableNames, d.outputs["ViewsTableName"]) {
		t.Errorf("after the stack was deleted, the views are still there (%v)", err)
	}
	talk.ExpectTable(t, client, d.outputs["EventsTableName"])
	if kept := scan(t, client, d.outputs["MetadataTableName"]); len(kept) == 0 || !reflect.DeepEqual(kept, metadata) {
		t.Errorf("after the stack was deleted, the metadata is\n  %v\nbefore it was\n  %v", kept, metadata)
	}
}

// deploy deploys what is built, and learns what the stack puts out.
func (d *deployment) deploy(t *testing.T) {
	t.Helper()
	d.sam(t, d.server.Env(), "deploy", "--no-confirm-changeset")
	text := d.sam(t, d.server.Env(), "list", "stack-outputs", "--output", "json")
	var outputs []struct{ OutputKey, OutputValue string }
	if err := json.Unmarshal([]byte(text), &outputs); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	d.outputs = map[string]string{}
	for _, o := range outputs {
		d.outputs[o.OutputKey] = o.OutputValue
	}
}

// changes are what the update brings: the API is of another version, and "by" may be a word, which counts as 1.
var changes = []struct{ file, old, changed string }{
	{"api/openapi.yaml", "version: \"1\"\n", "version: \"2\"\n"},
	{"internal/defaultapp/counters.go", `return 0, errors.New("data is no object whose \"by\" is a whole number of 64 bits")`, "return 1, nil"},
}

// update builds the functions anew, with the changes.
func (d *deployment) update(t *testing.T) {
	t.Helper()
	scratch := t.TempDir()
	replaced := map[string]string{}
	for i, c := range changes {
		original, changed := filepath.Join(d.root, filepath.FromSlash(c.file)), filepath.Join(scratch, fmt.Sprint(i))
		text, err := os.ReadFile(original)
		if err != nil || strings.Count(string(text), c.old) != 1 {
			t.Fatalf("%s: %q is not in it once (%v)", c.file, c.old, err)
		}
		write(t, changed, strings.Replace(string(text), c.old, c.changed, 1))
		replaced[original] = changed
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replaced})
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(scratch, "overlay.json"), string(overlay))
	d.built = filepath.Join(scratch, "built") // the other is for the tests beside this one
	d.sam(t, []string{"GOFLAGS=-overlay=" + filepath.Join(scratch, "overlay.json")}, "build", "--build-dir", d.built)
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// describedVersion is the version of the API by its own description.
func (d *deployment) describedVersion(t *testing.T, api conversation.Send) string {
	t.Helper()
	a, err := api(t.Context(), conversation.Request{Method: http.MethodGet, Target: "/openapi.yaml"})
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(a.Body, "\n  version: \"")
	version, _, _ := strings.Cut(rest, "\"\n")
	return version
}

func scan(t *testing.T, client *dynamodb.Client, table string) (items []map[string]types.AttributeValue) {
	t.Helper()
	for pages := dynamodb.NewScanPaginator(client, &dynamodb.ScanInput{TableName: &table}); pages.HasMorePages(); {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		items = append(items, page.Items...)
	}
	return items
}
