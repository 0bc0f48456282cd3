package e2e_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/aeon-es/aeon/internal/testenv/ministack"
	storedynamo "github.com/aeon-es/aeon/store/dynamo"
)

// inbox is what a rule of an event bus lets pass.
type inbox struct {
	*ministack.Inbox
	got map[string]bool // "key@revision position"
}

func subscribe(t *testing.T, server *ministack.Server, bus, source string) *inbox {
	t.Helper()
	return &inbox{server.Subscribe(t, bus, "inbox", fmt.Sprintf(`{"source":[%q]}`, source)), map[string]bool{}}
}

// expect waits until all events of these commits have arrived.
func (i *inbox) expect(t *testing.T, commits []map[string]types.AttributeValue) {
	t.Helper()
	missing := map[string]bool{}
	for _, item := range commits {
		commit, err := storedynamo.DecodeCommit(item)
		if err != nil {
			t.Fatal(err)
		}
		for e := range commit.All() {
			missing[fmt.Sprintf("%s@%d %s", e.Key, e.Revision, e.Position)] = true
		}
	}
	for deadline := time.Now().Add(2 * time.Minute); len(missing) > 0 && time.Now().Before(deadline); {
		i.receive(t)
		maps.DeleteFunc(missing, func(name string, _ bool) bool { return i.got[name] })
	}
	if len(missing) > 0 {
		t.Errorf("not published: %v", slices.Sorted(maps.Keys(missing)))
	}
}

// receive takes what there is, or waits a second for more.
func (i *inbox) receive(t *testing.T) {
	t.Helper()
	for _, m := range i.Take(t, time.Second) {
		e := m.Event(t)
		i.got[fmt.Sprintf("%s@%d %s", e.Key, e.Revision, e.ID)] = true
	}
}
