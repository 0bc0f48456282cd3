package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/smithy-go"
	"github.com/spf13/cobra"
	"golang.org/x/time/rate"

	"github.com/aeon-es/aeon/internal/platform"
	"github.com/aeon-es/aeon/publish"
	"github.com/aeon-es/aeon/store"
)

// publishFlags are the flags of publish.
type publishFlags struct {
	bus, source     string
	from, after, to string
	prefix          string
	types           []string
	rate            int
}

// published is what a publish did, as JSON.
type published struct {
	Bus         string `json:"bus"`
	Events      int64  `json:"events"`
	WithoutData int64  `json:"withoutData"`
	// Position is that up to which everything is published; empty where nothing is known to be.
	Position string `json:"position,omitempty"`
	// Complete is false where it was stopped.
	Complete bool `json:"complete"`
}

func (r *run) publishCommand() *cobra.Command {
	var f publishFlags
	c := &cobra.Command{
		Use:   "publish",
		Short: "Publish events to EventBridge again, from a position on",
		Long: `Publish to an EventBridge bus again what the store has from a position on, or from a time on: after an outage that was longer
than a stream keeps its records, or for a new receiver. The entries are those of the publish function, with the same ids in their
detail, so that receivers know what they have already. It ends at the events of the last few seconds, which can still change places.

What EventBridge throttles or can't take at the moment is tried again until it is taken. Where it is stopped, by Ctrl-C or an error,
it says where to go on: what it has published since then is published again.

It reads the database itself: --store is a file or dynamodb, not a server. The bus is in the account that the AWS CLI would use; it
has to be there, since EventBridge takes, and drops, what is for a bus that isn't.`,
		Example: `  aeon publish --store dynamodb --bus aeon --from 2026-11-24T09:00:00Z
  aeon publish --store dynamodb --bus aeon --after 01M86D79RGDQ8N5XJ7W9R20000 --key-prefix order/ --rate 1000`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			what, err := f.read()
			if err != nil {
				return err
			}
			return r.withPlatform(c.Context(), func(p *platform.Platform) error { return r.publish(c.Context(), p.Store, f, what) })
		},
	}
	flags := c.Flags()
	flags.StringVar(&f.bus, "bus", os.Getenv("EVENT_BUS"), "the name or the ARN of the event bus (EVENT_BUS)")
	flags.StringVar(&f.source, "source", cmp.Or(os.Getenv("EVENT_SOURCE"), publish.DefaultSource), "the entries' source (EVENT_SOURCE)")
	flags.StringVar(&f.from, "from", "", "the first position, or a time such as 2026-11-24T09:00:00Z")
	flags.StringVar(&f.after, "after", "", "the position, or time, behind which to begin")
	flags.StringVar(&f.to, "to", "", "the last position, or a time; as far as there are events if left out")
	flags.StringSliceVar(&f.types, "type", nil, "only events of this type; may be repeated")
	flags.StringVar(&f.prefix, "key-prefix", "", "only keys that begin with this")
	flags.IntVar(&f.rate, "rate", 0, "how many events to publish in a second at most; 0 for no limit")
	c.MarkFlagsOneRequired("from", "after")
	c.MarkFlagsMutuallyExclusive("from", "after")
	return c
}

// read reads what the flags say is to be published.
func (f *publishFlags) read() (what store.AllRange, err error) {
	switch {
	case f.bus == "":
		return what, usagef("--bus is missing: give the name or the ARN of the event bus")
	case f.rate < 0:
		return what, usagef("--rate %d is negative", f.rate)
	}
	what = store.AllRange{KeyPrefix: f.prefix, Types: f.types, StartExclusive: f.after != ""}
	flag, text := "from", f.from
	if what.StartExclusive {
		flag, text = "after", f.after
	}
	if what.Start, err = place(flag, text); err == nil && f.to != "" {
		what.End, err = place("to", f.to)
	}
	return what, err
}

// place reads a position, or the first one of a time.
func place(flag, text string) (p store.Position, err error) {
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		first, err := positionAt(at.UnixMilli())
		if err != nil {
			return p, usagef("--%s %q: %w", flag, text, err)
		}
		text = first
	}
	if p, err = store.ParsePosition(text); err != nil {
		return p, usagef("--%s %q is neither a position of 26 characters nor a time such as 2026-11-24T09:00:00Z", flag, text)
	}
	return p, nil
}

// publish publishes, and says how far it got, however it ends.
func (r *run) publish(ctx context.Context, s *store.Store, f publishFlags, what store.AllRange) error {
	config, err := awsConfig(ctx)
	if err != nil {
		return err
	}
	client := eventbridge.NewFromConfig(*config)
	publisher, err := publish.New(client, f.bus, &publish.Options{Source: f.source, Log: r.log()})
	if err != nil {
		return err
	}
	if err := r.checkBus(ctx, client, f.bus); err != nil {
		return err
	}
	bar := r.progress("publishing", "events", 0)
	pace := newPace(f.rate)
	done := published{Bus: f.bus}
	err = publisher.Replay(ctx, s, what, func(at store.Position) error {
		events := publisher.Stats().Events
		news := int(events - done.Events)
		done.Events, done.Position = events, at.String()
		bar.at(int(events), int(events), "up to "+at.Time().Format(time.RFC3339))
		return pace.wait(ctx, news)
	})
	bar.end()
	count := publisher.Stats()
	done.Events, done.WithoutData, done.Complete = count.Events, count.WithoutData, err == nil
	return errors.Join(err, r.printPublished(done))
}

func (r *run) printPublished(done published) error {
	if !done.Complete {
		hint := "run it again"
		if done.Position != "" {
			hint = "go on with --after " + done.Position
		}
		_, _ = fmt.Fprintf(r.err, "stopped with %d events published: %s\n", done.Events, hint)
	}
	if r.json {
		return r.printJSON(done)
	}
	if !done.Complete {
		return nil
	}
	upTo, without := "", ""
	if done.Position != "" {
		upTo = ", up to " + done.Position
	}
	if done.WithoutData > 0 {
		without = fmt.Sprintf("; %d of them went without their data", done.WithoutData)
	}
	return r.printf("published %d events to %s%s%s\n", done.Events, done.Bus, upTo, without)
}

// checkBus says whether the bus is there, as far as the credentials allow to ask.
func (r *run) checkBus(ctx context.Context, client *eventbridge.Client, bus string) error {
	_, err := client.DescribeEventBus(ctx, &eventbridge.DescribeEventBusInput{Name: &bus})
	if err == nil || ctx.Err() != nil {
		return ctx.Err()
	}
	if _, missing := errors.AsType[*types.ResourceNotFoundException](err); missing {
		return usagef("there is no event bus %q: give its name or its ARN as --bus, and see to the region", bus)
	}
	if told, ok := errors.AsType[smithy.APIError](err); ok && told.ErrorCode() == "AccessDeniedException" {
		r.log().Warn("whether the event bus is there can't be told: events for one that isn't are lost", "bus", bus, "error", err)
		return nil
	}
	return fmt.Errorf("%w: event bus %q: %w", store.ErrUnavailable, bus, err)
}

// pace holds something to a rate; nil doesn't.
type pace struct{ limit *rate.Limiter }

func newPace(perSecond int) *pace {
	if perSecond == 0 {
		return nil
	}
	return &pace{rate.NewLimiter(rate.Limit(perSecond), perSecond)}
}

// wait waits until n more may have been done.
func (p *pace) wait(ctx context.Context, n int) error {
	if p == nil {
		return nil
	}
	for ; n > 0; n -= p.limit.Burst() {
		if err := p.limit.WaitN(ctx, min(n, p.limit.Burst())); err != nil {
			return err
		}
	}
	return nil
}
