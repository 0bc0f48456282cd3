package faultruns_test

import (
	"context"
	"os/exec"
	"strings"
	"testing"

	"github.com/aeon-es/aeon/internal/testenv/bootstrap"
	"github.com/aeon-es/aeon/internal/testenv/mapping"
)

// The command that is run against AWS tells a store whose views follow from one whose views don't.
func TestTrialOnAWS(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	command := func(ctx context.Context, args ...string) (string, error) {
		cmd := exec.CommandContext(ctx, bootstrap.Package(t, "../../internal/trial/onaws"), append([]string{"-commits", "20", "-keys", "3"}, args...)...)
		cmd.Env = []string{
			"AWS_ENDPOINT_URL=" + w.server.Endpoint(), "AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=local", "AWS_SECRET_ACCESS_KEY=local",
			"EVENTS_TABLE=" + w.tables.Events, "METADATA_TABLE=" + w.tables.Metadata, "VIEWS_TABLE=" + w.views,
		}
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := command(t.Context(), "-wait", "0s"); err == nil || !strings.Contains(out, "differences") {
		t.Errorf("nothing projects: %v\n%s", err, out)
	}
	w.run(t, w.project(t, w.server.Endpoint()), func(ctx context.Context, _ *mapping.Stream) {
		if out, err := command(ctx); err != nil || !strings.Contains(out, "the views are exact") {
			t.Errorf("%v\n%s", err, out)
		}
	})
}
