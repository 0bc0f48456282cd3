package cli

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/aeon-es/aeon/internal/platform"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// parkedLine is a parked key as JSON.
type parkedLine struct {
	View     string         `json:"view"`
	Version  int            `json:"version"`
	Key      string         `json:"key"`
	Seen     store.Revision `json:"seen"`
	Revision store.Revision `json:"revision,omitempty"`
	Class    string         `json:"class,omitempty"`
	Reason   string         `json:"reason,omitempty"`
	Since    *time.Time     `json:"since,omitempty"`
	Skipped  []skippedLine  `json:"skipped,omitempty"`
}

type skippedLine struct {
	Revision store.Revision `json:"revision"`
	Reason   string         `json:"reason"`
	At       time.Time      `json:"at"`
}

func lineOf(s projector.Standing) parkedLine {
	line := parkedLine{View: s.View, Version: s.Version, Key: s.Key, Seen: s.Seen}
	if s.Parked != nil {
		line.Revision, line.Class, line.Reason, line.Since = s.Parked.Revision, s.Parked.Class, s.Parked.Reason, &s.Parked.Since
	}
	for _, skip := range s.Skips {
		line.Skipped = append(line.Skipped, skippedLine{Revision: skip.Revision, Reason: skip.Reason, At: skip.At})
	}
	return line
}

func (r *run) parkedCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "parked [VIEW [KEY]]",
		Short: "List the keys that views can't fold an event of",
		Example: `  aeon parked
  aeon parked counters
  aeon parked counters counter/1   # where the view stands with one key, parked or not`,
		Args: cobra.MaximumNArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			return r.withPlatform(c.Context(), func(p *platform.Platform) error {
				if len(args) == 2 {
					standings, err := p.Projector.Inspect(c.Context(), args[0], args[1])
					for _, s := range standings {
						if err := r.printStanding(s); err != nil {
							return err
						}
					}
					return err
				}
				return r.parked(c.Context(), p.Projector, args)
			})
		},
	}
}

func (r *run) parked(ctx context.Context, p *projector.Projector, views []string) error {
	if len(views) == 0 {
		views = p.Views()
	}
	n := 0
	for _, view := range views {
		for s, err := range p.Parked(ctx, view) {
			if err != nil {
				return err
			}
			n++
			if err := r.printStanding(s); err != nil {
				return err
			}
		}
	}
	if n == 0 && !r.json {
		return r.printf("nothing is parked\n")
	}
	return nil
}

func (r *run) printStanding(s projector.Standing) error {
	if r.json {
		return r.printJSON(lineOf(s))
	}
	err := r.printf("%s#%d %s %s", s.View, s.Version, bold(printable(s.Key)), faint(fmt.Sprint("seen ", s.Seen)))
	if err == nil && s.Parked != nil {
		err = r.printf(" %s since %s: %s", red(fmt.Sprintf("parked at %d (%s)", s.Parked.Revision, s.Parked.Class)),
			s.Parked.Since.UTC().Format(time.RFC3339), onOneLine(s.Parked.Reason))
	}
	for _, skip := range s.Skips {
		if err == nil {
			err = r.printf("\n  skipped %d at %s: %s", skip.Revision, skip.At.UTC().Format(time.RFC3339), skip.Reason)
		}
	}
	if err != nil {
		return err
	}
	return r.printf("\n")
}

func (r *run) redriveCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "redrive VIEW [KEY]",
		Short: "Try parked keys of a view again",
		Long: `Try one parked key of a view again, or all of them, with the code of this program: mend it first. What fails again stays
parked.

On DynamoDB, a key that gets past its event and fails at a later one is parked anew. Set REDRIVE_QUEUE_URL, so that the redrive
function is told of that.`,
		Example: `  aeon redrive counters counter/1
  aeon redrive counters`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(c *cobra.Command, args []string) error {
			return r.withPlatform(c.Context(), func(p *platform.Platform) error {
				if len(args) == 2 {
					seen, err := p.Projector.Redrive(c.Context(), args[0], args[1])
					if err != nil {
						return err
					}
					return r.printRedriven(args[0], projector.Redriven{Key: args[1], Seen: seen})
				}
				failed := 0
				err := p.Projector.RedriveAll(c.Context(), args[0], func(done projector.Redriven) {
					if done.Err != nil {
						failed++
					}
					_ = r.printRedriven(args[0], done) // what can't be printed is done all the same
				})
				if err == nil && failed > 0 {
					err = fmt.Errorf("%d keys stay parked", failed)
				}
				return err
			})
		},
	}
}

func (r *run) printRedriven(view string, done projector.Redriven) error {
	if r.json {
		line := map[string]any{"view": view, "key": done.Key, "seen": done.Seen}
		if done.Err != nil {
			line["error"] = done.Err.Error()
		}
		return r.printJSON(line)
	}
	if done.Err != nil {
		return r.printf("%s %s: %v\n", bold(printable(done.Key)), red("stays parked"), done.Err)
	}
	return r.printf("%s %s\n", bold(printable(done.Key)), green(fmt.Sprint("seen ", done.Seen)))
}

func (r *run) skipCommand() *cobra.Command {
	reason := ""
	c := &cobra.Command{
		Use:   "skip VIEW KEY REVISION",
		Short: "Have a view pass over the event that it can't fold",
		Long: `Have a view pass over the event at which a key is parked, and go on behind it. The row will be as if the event had never
been; that it was skipped, and why, is kept.`,
		Example: `  aeon skip counters counter/1 17 --reason "data of a test, see INC-12"`,
		Args:    cobra.ExactArgs(3),
		RunE: func(c *cobra.Command, args []string) error {
			revision, err := strconv.ParseUint(args[2], 10, 53)
			if err != nil || revision == 0 {
				return usagef("REVISION %q is no number from 1 on", args[2])
			}
			return r.withPlatform(c.Context(), func(p *platform.Platform) error {
				seen, err := p.Projector.Skip(c.Context(), args[0], args[1], store.Revision(revision), reason)
				if err != nil {
					return err
				}
				return r.printRedriven(args[0], projector.Redriven{Key: args[1], Seen: seen})
			})
		},
	}
	c.Flags().StringVar(&reason, "reason", "", "why, for those who wonder later")
	if err := c.MarkFlagRequired("reason"); err != nil {
		panic(err) // only for a flag that isn't there
	}
	return c
}
