package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/aeon-es/aeon/internal/conversation"
	"github.com/aeon-es/aeon/internal/testenv/ministack"
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
	d.testAuthorization(t)
	api := d.api(t, d.user(t, "caller", d.arn(t)))
	d.testParking(t, api)
	talk := conversation.New(api)
	talk.Hold(t)
	client := dynamodb.NewFromConfig(d.server.Config())
	talk.ExpectTable(t, client, d.outputs["EventsTableName"])

	if version := d.describedVersion(t, api); version != "1" {
		t.Errorf("before the update the API is of version %s", version)
	}
	d.update(t)
	d.deploy(t)
	if version := d.describedVersion(t, api); version != "2" {
		t.Errorf("after the update the API is of version %s", version)
	}
	talk.Resume(t, api)
	talk.ExpectTable(t, client, d.outputs["EventsTableName"])

	metadata := scan(t, client, d.outputs["MetadataTableName"])
	d.sam(t, d.server.Env(), "delete", "--no-prompts")
	if a, err := api(t.Context(), conversation.Request{Method: http.MethodGet, Target: "/health"}); err != nil || a.Status < http.StatusBadRequest {
		t.Errorf("after the stack was deleted, the API answers %d %s (%v)", a.Status, a.Body, err)
	}
	if names, err := client.ListTables(t.Context(), nil); err != nil || len(names.TableNames) != 2 {
		t.Errorf("after the stack was deleted, there are the tables %v (%v)", names.TableNames, err)
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
	text := d.sam(t, d.server.Env(), "list", "stack-outputs", "--stack-name", "aeon", "--output", "json")
	var outputs []struct{ OutputKey, OutputValue string }
	if err := json.Unmarshal([]byte(text), &outputs); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	d.outputs = map[string]string{}
	for _, o := range outputs {
		d.outputs[o.OutputKey] = o.OutputValue
	}
}

// update changes what was built: the query function describes an API of another version.
func (d *deployment) update(t *testing.T) {
	t.Helper()
	built, changed, overlay := filepath.Join(t.TempDir(), "built"), filepath.Join(t.TempDir(), "openapi.yaml"), filepath.Join(t.TempDir(), "overlay.json")
	if err := os.CopyFS(built, os.DirFS(d.built)); err != nil {
		t.Fatal(err)
	}
	d.built = built // the other is for the tests beside this one
	described := filepath.Join(d.root, "api", "openapi.yaml")
	text, err := os.ReadFile(described)
	if err != nil {
		t.Fatal(err)
	}
	write(t, changed, strings.Replace(string(text), "version: \"1\"\n", "version: \"2\"\n", 1))
	write(t, overlay, fmt.Sprintf(`{"Replace":{%q:%q}}`, described, changed))
	cmd := exec.Command("make", "--makefile", filepath.Join("functions", "build", architecture(), "Makefile"), "build-QueryFunction")
	cmd.Dir = d.root
	cmd.Env = append(os.Environ(), "ARTIFACTS_DIR="+filepath.Join(built, "QueryFunction"), "GOFLAGS=-overlay="+overlay)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("make: %v\n%s", err, out)
	}
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
