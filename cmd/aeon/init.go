package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/aeon-es/aeon/internal/newapp"
	"github.com/aeon-es/aeon/internal/version"
)

func initCommand() *cobra.Command {
	var a newapp.App
	c := &cobra.Command{
		Use:   "init NAME",
		Short: "Make an application of your own, in a folder of that name",
		Long: `Make an application of your own, in a folder of that name: a Go module with an aggregate, two views, functions, the template
that deploys them, sample events, tests, a README and a CI workflow. It builds, passes its tests, runs in one process, and deploys
as it is; then change it into what you need.`,
		Example: `  aeon init shop
  aeon init shop --module example.com/me/shop

  cd shop
  go test ./...
  go run ./cmd/shop dev
  sam build && sam deploy --guided`,
		Args:    cobra.ExactArgs(1),
		GroupID: "run",
		RunE: func(c *cobra.Command, args []string) error {
			a.Name = args[0]
			return initApp(c, a)
		},
	}
	c.Flags().StringVar(&a.Module, "module", "", "the path of its Go module; its name if left out")
	c.Flags().StringVar(&a.Version, "aeon", "", "the version of Aeon to use; this program's if left out")
	c.Flags().StringVar(&a.Replace, "replace", "", "a folder with Aeon's source to use instead")
	return c
}

func initApp(c *cobra.Command, a newapp.App) error {
	folder := a.Name
	if a.Replace != "" {
		var err error
		if a.Replace, err = filepath.Abs(a.Replace); err != nil {
			return err
		}
	}
	known := true
	if a.Version == "" {
		a.Version, known = usableVersion(a.Replace)
	}
	if err := newapp.Make(folder, a); err != nil {
		return err
	}
	todo := ""
	if err := tidy(c.Context(), folder); err != nil {
		todo = "  go mod tidy\n"
		why := fmt.Sprintf("what it depends on could not be got yet: %v", err)
		if !known {
			why += "\nThis program was built from source, and has no version: give the one that is to be used with --aeon, or its source with --replace."
		}
		_, _ = fmt.Fprintln(c.ErrOrStderr(), why)
	}
	if asJSON, err := c.Flags().GetBool("json"); err == nil && asJSON {
		return json.NewEncoder(c.OutOrStdout()).Encode(map[string]any{"folder": folder, "complete": todo == ""})
	}
	_, err := fmt.Fprintf(c.OutOrStdout(), "%s is there. Next:\n  cd %s\n%s  go test ./...\n  go run ./cmd/%s dev\n", folder, folder, todo, a.Name)
	return err
}

// usableVersion is the version of Aeon that go.mod has to name: this program's, if it has one.
func usableVersion(replace string) (usable string, known bool) {
	if own := version.Aeon(); replace == "" && own != version.Unknown {
		return own, true
	}
	return "v0.0.0", replace != ""
}

// tidy completes go.mod and go.sum. Where not all can be got that go mod tidy looks at, which is more than is needed, what the
// application itself needs will do.
func tidy(ctx context.Context, folder string) error {
	err := goCommand(ctx, folder, "mod", "tidy")
	if err != nil && goCommand(ctx, folder, "list", "-mod=mod", "-deps", "-test", "./...") == nil {
		return nil
	}
	return err
}

func goCommand(ctx context.Context, folder string, args ...string) error {
	cmd := exec.CommandContext(ctx, "go", args...) //nolint:gosec // the arguments are those above
	cmd.Dir = folder
	var told bytes.Buffer
	cmd.Stderr = &told
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, bytes.TrimSpace(told.Bytes()))
	}
	return nil
}
