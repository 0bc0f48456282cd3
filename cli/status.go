package cli

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/spf13/cobra"

	"github.com/aeon-es/aeon/internal/platform"
	"github.com/aeon-es/aeon/projector"
	projectordynamo "github.com/aeon-es/aeon/projector/dynamo"
	storedynamo "github.com/aeon-es/aeon/store/dynamo"
)

func (r *run) statusCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "status",
		Short:   "Tell whether it works, and which versions of the views there are",
		Example: `  aeon status --store dynamodb`,
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			t, err := r.target()
			if err != nil {
				return err
			}
			if t.server != nil {
				return r.withClient(c, false, func(api *client) error {
					a, err := api.send(c.Context(), request{method: http.MethodGet, path: []string{"health"}})
					if err != nil {
						return err
					}
					return r.printf("%s\n", bytes.TrimSpace(a.body))
				})
			}
			return r.withPlatform(c.Context(), func(p *platform.Platform) error { return r.status(c.Context(), p) })
		},
	}
}

// versionLine is a view's version as JSON.
type versionLine struct {
	View     string    `json:"view"`
	Version  int       `json:"version"`
	Live     bool      `json:"live"`
	Since    time.Time `json:"since"`
	Complete bool      `json:"complete"`
	Parked   int       `json:"parked"`
}

func (r *run) status(ctx context.Context, p *platform.Platform) error {
	if err := errors.Join(p.Store.Ping(ctx), p.Projector.Ping(ctx)); err != nil {
		return err
	}
	registered, err := p.Projector.Registrations(ctx)
	if err != nil {
		return err
	}
	for _, view := range registered {
		parked := map[int]int{}
		for s, err := range p.Projector.Parked(ctx, view.View) {
			if err != nil {
				return err
			}
			parked[s.Version]++
		}
		for _, version := range slices.Sorted(maps.Keys(view.Versions)) {
			if err := r.printVersion(view, version, parked[version]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *run) printVersion(view projector.Registration, version, parked int) error {
	line := versionLine{
		View: view.View, Version: version, Live: version == view.Live, Since: view.Since,
		Complete: view.Versions[version].Complete, Parked: parked,
	}
	if r.json {
		return r.printJSON(line)
	}
	state, more := faint("kept up to date"), ""
	switch {
	case line.Live:
		state = green("live")
	case !line.Complete:
		state = "being built"
	}
	if line.Live && !line.Complete && view.Versions[version].First {
		more = faint(" (not swept since it was new)")
	}
	if parked > 0 {
		more += " " + red(parked, " parked")
	}
	return r.printf("%s %s%s\n", bold(view.View, "#", version), state, more)
}

func (r *run) tablesCommand() *cobra.Command {
	c := &cobra.Command{Use: "tables", Short: "Work on the tables in DynamoDB"}
	create := &cobra.Command{
		Use:   "create",
		Short: "Create the tables that are missing",
		Long: `Create the tables that are missing, for a machine of one's own and for tests. On AWS, the template creates them, with
what production needs.`,
		Example: `  aeon tables create --store dynamodb:http://127.0.0.1:8000 --slices 4`,
		Args:    cobra.NoArgs,
	}
	slicesOfIndex, without := 0, false
	create.Flags().IntVar(&slicesOfIndex, "slices", 0, "how many slices the index of positions has; 16 if left out")
	create.Flags().BoolVar(&without, "without-position-index", false, "leave out the index of positions: appends cost half, and not all events can be read at once")
	create.RunE = func(c *cobra.Command, _ []string) error {
		t, err := r.target()
		if err != nil {
			return err
		}
		if !t.dynamodb {
			return usagef("tables are in DynamoDB: give --store dynamodb or dynamodb:URL")
		}
		config, err := dynamoDB(c.Context(), t.endpoint)
		if err != nil {
			return err
		}
		var options []storedynamo.Option
		if slicesOfIndex < 0 || slicesOfIndex > storedynamo.MaxSlices {
			return usagef("--slices %d: a store has 1 to %d", slicesOfIndex, storedynamo.MaxSlices)
		}
		if slicesOfIndex > 0 {
			options = append(options, storedynamo.WithSlices(slicesOfIndex))
		}
		if without {
			options = append(options, storedynamo.WithoutPositionIndex())
		}
		names, client := tables(), dynamodb.NewFromConfig(*config)
		tables := storedynamo.Tables{
			Events: cmp.Or(names.Events, storedynamo.DefaultTables.Events), Metadata: cmp.Or(names.Metadata, storedynamo.DefaultTables.Metadata),
		}
		viewsTable := cmp.Or(names.Views, projectordynamo.DefaultTable)
		events := storedynamo.New(client, tables, options...)
		rows := projectordynamo.New(client, viewsTable)
		if err := errors.Join(events.CreateTables(c.Context()), rows.CreateTable(c.Context())); err != nil {
			return err
		}
		if err := events.Check(c.Context()); err != nil {
			return err
		}
		if r.json {
			return r.printJSON(map[string]any{"events": tables.Events, "metadata": tables.Metadata, "views": viewsTable})
		}
		return r.printf("the tables are there\n")
	}
	create.Args = asUsage(create.Args)
	c.AddCommand(create)
	return c
}
