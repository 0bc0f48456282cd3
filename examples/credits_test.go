package examples_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/aeon-es/aeon/examples/leaderboard/game"
	"github.com/aeon-es/aeon/internal/testenv/long"
	"github.com/aeon-es/aeon/projector"
	projectorsqlite "github.com/aeon-es/aeon/projector/sqlite"
	"github.com/aeon-es/aeon/store"
	storesqlite "github.com/aeon-es/aeon/store/sqlite"
)

// The process manager is killed at random, again and again: in the end each winner has each prize once.
func TestCreditsAreExact(t *testing.T) {
	t.Parallel()
	players, games, scores := long.Or(1000, 50), long.Or(1000, 100), 100
	path := filepath.Join(t.TempDir(), "games.db")
	events, err := storesqlite.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = events.Close() }()
	s, won := store.New(events), map[string]int{}

	binary := program(t, "leaderboard") // before games are played, so that it is killed while they are
	killed, done := 0, make(chan struct{})
	var killing errgroup.Group
	killing.Go(func() (err error) {
		killed, err = killAgainAndAgain(binary, path, done)
		return err
	})
	for g := range games {
		for _, winner := range playGame(t, s, fmt.Sprintf("game/g%d", g), players, scores) {
			won[winner] += game.Prize
		}
		time.Sleep(time.Duration(rand.IntN(20)) * time.Millisecond) // so that some are killed between games, and some in them
	}
	close(done)
	if err := killing.Wait(); err != nil {
		t.Fatal(err)
	}
	finish(t, s, events)
	for p := range players {
		name := fmt.Sprintf("p%d", p)
		has := 0
		for e, err := range s.Read(t.Context(), "player/"+name, store.Range{}) {
			var credited game.Credited
			if err != nil || json.Unmarshal(e.Data, &credited) != nil {
				t.Fatalf("%s: %+v (%v)", name, e, err)
			}
			has += credited.Amount
		}
		if has != won[name] {
			t.Errorf("%s won %d, and has %d", name, won[name], has)
		}
	}
	t.Logf("%d events, %d kills", games*(scores+1), killed)
}

// killAgainAndAgain runs the example on a database file, kills it at a random moment, and begins anew, at least five times, until done.
func killAgainAndAgain(binary, path string, done <-chan struct{}) (killed int, err error) {
	for {
		cmd := exec.Command(binary, "--db", path, "--listen", "127.0.0.1:0")
		if err := cmd.Start(); err != nil {
			return killed, err
		}
		time.Sleep(time.Duration(20+rand.IntN(200)) * time.Millisecond)
		if err := cmd.Process.Kill(); err != nil {
			return killed, fmt.Errorf("it ended by itself: %w", err)
		}
		if cmd.Wait() == nil {
			return killed, fmt.Errorf("it ended by itself")
		}
		killed++
		select {
		case <-done:
			if killed >= 5 {
				return killed, nil
			}
		default:
		}
	}
}

// playGame appends a game's events, some at a time, and says who won.
func playGame(t *testing.T, s *store.Store, key string, players, scores int) (winners []string) {
	t.Helper()
	points := map[string]int{}
	for n := 0; n < scores; {
		var pending []store.Pending
		for range min(1+rand.IntN(20), scores-n) {
			scored := game.Scored{Player: fmt.Sprintf("p%d", rand.IntN(players)), Points: 1 + rand.IntN(3)}
			points[scored.Player] += scored.Points
			data, err := json.Marshal(scored)
			if err != nil {
				t.Fatal(err)
			}
			pending = append(pending, store.Pending{Type: "scored", Data: data})
		}
		n += len(pending)
		if _, err := s.Append(t.Context(), key, store.Any(), pending, nil); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Append(t.Context(), key, store.Any(), []store.Pending{{Type: "closed", Data: json.RawMessage(`{}`)}}, nil); err != nil {
		t.Fatal(err)
	}
	best := 0
	for _, p := range points {
		best = max(best, p)
	}
	for player, p := range points {
		if p == best {
			winners = append(winners, player)
		}
	}
	return winners
}

// finish has the rest projected that the killed processes left.
func finish(t *testing.T, s *store.Store, events *storesqlite.Backend) {
	t.Helper()
	rows, err := projectorsqlite.New(t.Context(), events)
	if err != nil {
		t.Fatal(err)
	}
	p, err := projector.New(s, rows, nil, game.Views()...)
	if err != nil {
		t.Fatal(err)
	}
	if err := rows.CatchUp(t.Context(), p); err != nil {
		t.Fatal(err)
	}
}
