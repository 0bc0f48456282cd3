package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/aeon-es/aeon/internal/platform"
	"github.com/aeon-es/aeon/projector"
)

// withPlatform opens the database itself for do, and closes it.
func (r *run) withPlatform(ctx context.Context, do func(*platform.Platform) error) error {
	p, err := r.open(ctx, false)
	if err != nil {
		return err
	}
	return errors.Join(do(p), p.Close())
}

// latest is the highest version of a view that this program knows.
func latest(p *projector.Projector, view string) (int, error) {
	highest := 0
	for _, known := range p.Versions() {
		number, ok := strings.CutPrefix(known, view+"#")
		if !ok {
			continue
		}
		version, err := strconv.Atoi(number)
		if err != nil {
			return 0, err
		}
		highest = max(highest, version)
	}
	if highest == 0 {
		return 0, fmt.Errorf("%w %q: this program has %v", projector.ErrUnknownView, view, p.Views())
	}
	return highest, nil
}

func (r *run) rebuildCommand() *cobra.Command {
	var o projector.RebuildOptions
	version, thenSwitch := 0, false
	c := &cobra.Command{
		Use:   "rebuild VIEW",
		Short: "Fill a version of a view beside the live one, and compare",
		Long: `Fill a version of a view beside the live one, from the events, while both are kept up to date; then compare. It can be
stopped, and goes on where it was. Every function that projects has to run code that knows the version before.`,
		Example: `  aeon rebuild counters --write-units 500
  aeon rebuild counters --to 2 --switch`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return r.withPlatform(c.Context(), func(p *platform.Platform) error {
				if version == 0 {
					var err error
					if version, err = latest(p.Projector, args[0]); err != nil {
						return err
					}
				}
				return r.rebuild(c.Context(), p, args[0], version, o, thenSwitch)
			})
		},
	}
	c.Flags().IntVar(&version, "to", 0, "the version; the latest if left out")
	c.Flags().BoolVar(&thenSwitch, "switch", false, "have queries see it when it is complete")
	addRebuildFlags(c, &o)
	return c
}

func addRebuildFlags(c *cobra.Command, o *projector.RebuildOptions) {
	c.Flags().IntVar(&o.WriteUnits, "write-units", 0, "DynamoDB's write units to consume in a second at most; 0 for no limit")
	c.Flags().IntVar(&o.Segments, "segments", projector.DefaultSegments, "how many parts of the store to read side by side")
}

func (r *run) rebuild(ctx context.Context, p *platform.Platform, view string, version int, o projector.RebuildOptions, thenSwitch bool) error {
	bar := r.progressOf(ctx, fmt.Sprintf("rebuilding %s into version %d", view, version), "keys", p)
	o.Progress = func(now projector.Progress) { bar.atKeys(now) }
	compared, err := p.Projector.Rebuild(ctx, view, version, &o)
	bar.end()
	if err != nil {
		return err
	}
	if r.json {
		err = r.printJSON(map[string]any{"view": view, "version": version, "keys": compared.Keys, "same": compared.Same, "different": compared.Different})
	} else {
		err = r.printf("version %d of %s is complete: %d keys; %d rows are as in the live version, %d are not\n",
			version, view, compared.Keys, compared.Same, compared.Different)
	}
	if err != nil || !thenSwitch {
		return err
	}
	return r.switchTo(ctx, p.Projector, view, version)
}

func (r *run) switchCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "switch VIEW VERSION",
		Short: "Have queries see another version of a view, at once",
		Long: `Have queries see another version of a view: one that was rebuilt, or the one before, to back out. The one they see
now is kept up to date all the same, until it is dropped.`,
		Example: `  aeon switch counters 2`,
		Args:    cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			version, err := versionOf(args[1])
			if err != nil {
				return err
			}
			return r.withPlatform(c.Context(), func(p *platform.Platform) error {
				return r.switchTo(c.Context(), p.Projector, args[0], version)
			})
		},
	}
}

func versionOf(arg string) (int, error) {
	version, err := strconv.Atoi(arg)
	if err != nil || version < 1 {
		return 0, usagef("VERSION %q is no number from 1 on", arg)
	}
	return version, nil
}

func (r *run) switchTo(ctx context.Context, p *projector.Projector, view string, version int) error {
	registered, err := p.Switch(ctx, view, version)
	if err != nil {
		return err
	}
	if r.json {
		return r.printJSON(map[string]any{"view": view, "live": registered.Live, "since": registered.Since})
	}
	return r.printf("queries see version %d of %s\n", registered.Live, view)
}

func (r *run) dropCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "drop VIEW VERSION",
		Short:   "Have a version that isn't live stand still, and remove its rows",
		Example: `  aeon drop counters 1`,
		Args:    cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			version, err := versionOf(args[1])
			if err != nil {
				return err
			}
			return r.withPlatform(c.Context(), func(p *platform.Platform) error {
				if _, err := p.Projector.Unregister(c.Context(), args[0], version); err != nil {
					return err
				}
				n, err := p.Projector.Drop(c.Context(), args[0], version)
				if err != nil {
					return err
				}
				if r.json {
					return r.printJSON(map[string]any{"view": args[0], "version": version, "removed": n})
				}
				return r.printf("version %d of %s is gone: %d items removed\n", version, args[0], n)
			})
		},
	}
}

func (r *run) sweepCommand() *cobra.Command {
	var o projector.RebuildOptions
	c := &cobra.Command{
		Use:   "sweep [VIEW...]",
		Short: "Bring views up to date with every key of the store",
		Long: `Bring all views, or those named, up to date with every key of the store: after an outage that was longer than a stream keeps
its records, and once for a view that is new in a store that has events. It reads the whole events table.`,
		Example: `  aeon sweep
  aeon sweep counters --write-units 500`,
		RunE: func(c *cobra.Command, args []string) error {
			return r.withPlatform(c.Context(), func(p *platform.Platform) error {
				bar := r.progressOf(c.Context(), "sweeping", "keys", p)
				keys := 0
				o.Progress = func(now projector.Progress) {
					keys = now.Keys
					bar.atKeys(now)
				}
				err := p.Projector.Sweep(c.Context(), &o, args...)
				bar.end()
				if err != nil {
					return err
				}
				if r.json {
					return r.printJSON(map[string]any{"keys": keys})
				}
				return r.printf("rang %d keys\n", keys)
			})
		},
	}
	addRebuildFlags(c, &o)
	return c
}
