package driver

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"
)

// ErrConflict is what a contender says whose append came too late.
var ErrConflict = errors.New("conflict")

// ErrNone says that the contender has no such thing.
var ErrNone = errors.ErrUnsupported

// Contender is an event store as the commands need it. Safe for concurrent use, as far as the keys differ.
type Contender interface {
	// Setup makes the tables.
	Setup(ctx context.Context) error
	// Append appends n events. Where expect says "latest" it reads what is needed, and is tried again after [ErrConflict].
	Append(ctx context.Context, key string, n int, expect string) error
	// Stale appends an event as the first of a key, whatever it knows of it: [ErrConflict] where it isn't the first.
	Stale(ctx context.Context, key string) error
	// Retry appends an event twice with what marks them as one; [ErrNone] where there is nothing that does.
	Retry(ctx context.Context, key string) error
	// Read reads all events of a key, and says how many they were.
	Read(ctx context.Context, key string) (int, error)
	// Snapshot appends an event, and keeps a snapshot of the state behind it; [ErrNone] where there are no snapshots.
	Snapshot(ctx context.Context, key string) error
	// Load loads the state from the snapshot and the events since, and says at which revision it is.
	Load(ctx context.Context, key string) (int, error)
	// ReadAll reads the events of all keys, and says how many they were; [ErrNone] where that can't be done.
	ReadAll(ctx context.Context) (int, error)
	// Forget has it go on as a process that has just started.
	Forget()
}

// Serve does what it is told by the lines of in, until they end.
func Serve(ctx context.Context, c Contender, in io.Reader, out io.Writer) error {
	lines := bufio.NewScanner(in)
	answers := json.NewEncoder(out)
	for lines.Scan() {
		var command Command
		if err := json.Unmarshal(lines.Bytes(), &command); err != nil {
			return fmt.Errorf("a command that is not JSON: %w", err)
		}
		began := time.Now()
		answer, err := do(ctx, c, command)
		if answer.Nanos = time.Since(began).Nanoseconds(); err != nil {
			answer.Error = err.Error()
		}
		if err := answers.Encode(answer); err != nil {
			return err
		}
	}
	return lines.Err()
}

func do(ctx context.Context, c Contender, command Command) (Answer, error) {
	switch command.Do {
	case "setup":
		return Answer{}, c.Setup(ctx)
	case "append":
		return Answer{Events: command.Events, Outcome: Stored}, c.Append(ctx, command.Key, command.Events, command.Expect)
	case "together":
		return together(ctx, c, command)
	case "storm":
		return storm(ctx, c, command)
	case "stale":
		return outcome(c.Stale(ctx, command.Key))
	case "retry":
		answer, err := outcome(c.Retry(ctx, command.Key))
		if answer.Outcome == Stored {
			answer.Outcome = Duplicate
		}
		return answer, err
	case "read":
		return counted(c.Read(ctx, command.Key))
	case "snapshot":
		return Answer{}, c.Snapshot(ctx, command.Key)
	case "load":
		return counted(c.Load(ctx, command.Key))
	case "readall":
		return counted(c.ReadAll(ctx))
	case "forget":
		c.Forget()
		return Answer{}, nil
	}
	return Answer{}, fmt.Errorf("there is no command %q", command.Do)
}

func counted(n int, err error) (Answer, error) { return Answer{Events: n}, err }

func outcome(err error) (Answer, error) {
	switch {
	case err == nil:
		return Answer{Events: 1, Outcome: Stored}, nil
	case errors.Is(err, ErrConflict):
		return Answer{Outcome: Conflict}, nil
	case errors.Is(err, ErrNone):
		return Answer{Outcome: None}, nil
	}
	return Answer{}, err
}

// together has each writer go on until its appends are stored: after a conflict it tries again.
func together(ctx context.Context, c Contender, command Command) (Answer, error) {
	all, ctx := errgroup.WithContext(ctx)
	n := max(1, command.Events)
	for w := range command.Writers {
		key, expect := command.Key+"/"+strconv.Itoa(w), command.Expect
		if command.Hot {
			key = command.Key
		}
		all.Go(func() error {
			for range command.Each {
				if err := untilStored(ctx, c, key, n, expect); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return Answer{Events: command.Writers * command.Each * n, Outcome: Stored}, all.Wait()
}

func untilStored(ctx context.Context, c Contender, key string, n int, expect string) error {
	const tries = 1000
	for range tries {
		if err := c.Append(ctx, key, n, expect); !errors.Is(err, ErrConflict) {
			return err
		}
	}
	return fmt.Errorf("append to %q: still a conflict after %d tries", key, tries)
}

// storm counts who was told that the append is stored. One may be.
func storm(ctx context.Context, c Contender, command Command) (Answer, error) {
	var all errgroup.Group
	stored := make([]bool, command.Writers)
	for w := range command.Writers {
		all.Go(func() error {
			err := c.Stale(ctx, command.Key)
			stored[w] = err == nil
			if errors.Is(err, ErrConflict) {
				return nil
			}
			return err
		})
	}
	answer := Answer{Outcome: Conflict}
	err := all.Wait()
	for _, is := range stored {
		if is {
			answer.Events++
		}
	}
	return answer, err
}
