package e2e_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	ownviews "github.com/aeon-es/aeon/examples/own-views"
	"github.com/aeon-es/aeon/internal/conversation"
	"github.com/aeon-es/aeon/projector"
	projectordynamo "github.com/aeon-es/aeon/projector/dynamo"
	"github.com/aeon-es/aeon/store"
	storedynamo "github.com/aeon-es/aeon/store/dynamo"
)

// ownViews is the stack of docs/stacks.md, which has views of its own over the events of another.
type ownViews struct {
	deployment
	api conversation.Send
}

// deployBeside deploys that stack beside the store, and has it catch up with what there is, as that page says.
func (d *deployment) deployBeside(t *testing.T) *ownViews {
	t.Helper()
	own := &ownViews{deployment: deployment{server: d.server, stack: stack{
		root: filepath.Join(d.root, "examples", "own-views"), built: filepath.Join(t.TempDir(), "own"), parameters: "Store=aeon-dev",
	}}}
	own.sam(t, nil, "build", "--build-dir", own.built)
	own.deploy(t)
	own.api = own.deployment.api(t, own.user(t, "reader", own.arn(t)))
	client := dynamodb.NewFromConfig(d.server.Config())
	s := store.New(storedynamo.New(client, storedynamo.Tables{Events: d.outputs["EventsTableName"], Metadata: d.outputs["MetadataTableName"]}))
	p, err := projector.New(s, projectordynamo.New(client, own.outputs["ViewsTableName"]), nil, ownviews.Views()...)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Sweep(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	return own
}

// expect waits until the stack's view has seen all events of a key, and nothing else.
func (o *ownViews) expect(t *testing.T, key string, events int) {
	t.Helper()
	want := fmt.Sprintf(`{"view":"activity","id":%q,"revision":%d,"row":{"events":%d,"lastType":"incremented"}}`, key, events, events)
	var a conversation.Answer
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		var err error
		a, err = o.api(t.Context(), conversation.Request{Method: http.MethodGet, Target: fmt.Sprintf("/views/activity/%s?revision=%d", key, events)})
		if err != nil {
			t.Fatal(err)
		}
		if a.Status != http.StatusAccepted {
			break
		}
	}
	if a.Status != http.StatusOK || strings.TrimSpace(a.Body) != want {
		t.Errorf("the stack beside answers %d %s, want %s", a.Status, a.Body, want)
	}
}
