// Command tell tells a truck's day from a file of commands: what happens, what is in the truck then, and what the read model says.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/aeon-es/aeon/examples/ice-cream-truck/truck"
	"github.com/aeon-es/aeon/projector"
	projectorsqlite "github.com/aeon-es/aeon/projector/sqlite"
	"github.com/aeon-es/aeon/store"
	"github.com/aeon-es/aeon/store/sqlite"
)

const key = "truck/t1"

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: tell FILE, whose lines are such as: load vanilla 5")
		os.Exit(2)
	}
	if err := tell(context.Background(), os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func tell(ctx context.Context, path string) error {
	text, err := os.ReadFile(path) //nolint:gosec // the file that the user names
	if err != nil {
		return err
	}
	events, err := sqlite.Open(":memory:")
	if err != nil {
		return err
	}
	defer func() { _ = events.Close() }()
	s := store.New(events)
	rows, err := projectorsqlite.New(ctx, events)
	if err != nil {
		return err
	}
	p, err := projector.New(s, rows, nil, truck.Views()...)
	if err != nil {
		return err
	}
	const columns = "%-16s %-32s %-24s %s\n"
	fmt.Printf(columns, "COMMAND", "EVENT", "STATE", "READ MODEL")
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		happened, err := carryOut(ctx, s, line)
		if err != nil {
			return err
		}
		stock, row, err := look(ctx, s, p)
		if err != nil {
			return err
		}
		fmt.Printf(columns, line, happened, stock, row)
	}
	return nil
}

// carryOut does what a line says, and tells what happened.
func carryOut(ctx context.Context, s *store.Store, line string) (string, error) {
	words := strings.Fields(line)
	if len(words) != 3 {
		return "", fmt.Errorf("%q is not like: load vanilla 5", line)
	}
	scoops, err := strconv.Atoi(words[2])
	if err != nil {
		return "", fmt.Errorf("%q: %w", line, err)
	}
	_, err = truck.Do(ctx, s, key, words[0], truck.Scoops{Flavour: words[1], Scoops: scoops})
	if refused, ok := errors.AsType[*truck.RefusedError](err); ok {
		return "– (" + refused.Why + ")", nil
	}
	if err != nil {
		return "", err
	}
	last, _, err := s.ReadLatest(ctx, key)
	return fmt.Sprintf("%d %s %s", last.Revision, last.Type, strings.Join(words[1:], " ")), err
}

// look works out the state from all events, and has the read model catch up.
func look(ctx context.Context, s *store.Store, p *projector.Projector) (state, row string, err error) {
	var stock truck.Stock
	for e, err := range s.Read(ctx, key, store.Range{}) {
		if err != nil {
			return "", "", err
		}
		if stock, err = stock.Apply(e); err != nil {
			return "", "", err
		}
	}
	if _, err := p.CatchUp(ctx, "sales", key); err != nil {
		return "", "", err
	}
	result, err := p.Query(ctx, "sales", key)
	if err != nil {
		return "", "", err
	}
	var sales truck.Sales
	if result.Row != nil {
		err = json.Unmarshal(result.Row, &sales)
	}
	text := strings.TrimSuffix(strings.TrimPrefix(fmt.Sprint(map[string]int(stock)), "map["), "]")
	return text, fmt.Sprintf("%d sold, $%d.%02d", sales.Scoops, sales.Cents/100, sales.Cents%100), err
}
