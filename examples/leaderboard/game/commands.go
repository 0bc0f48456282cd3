package game

import (
	"errors"
	"net/http"

	"github.com/aeon-es/aeon/examples/internal/web"
	"github.com/aeon-es/aeon/store"
)

var (
	errClosed  = errors.New("the game is over")
	errTooPoor = errors.New("not enough credits")
)

// over says whether a game is.
var over = store.Decider[bool]{Evolve: func(_ bool, e store.Committed) (bool, error) { return e.Type == "closed", nil }}

// wallet is what a player has, from the events themselves: a row may be behind, and credits must not be spent twice.
var wallet = store.Decider[Inventory]{Evolve: Inventory.Apply}

// Commands is the command API: POST /games/{id}/score, POST /games/{id}/close and POST /players/{id}/buy.
func Commands(s *store.Store) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /games/{id}/score", func(w http.ResponseWriter, r *http.Request) {
		var ask struct {
			Player string
			Points int
		}
		if err := web.Read(w, r, &ask); err != nil {
			web.Fail(w, err)
			return
		}
		if store.ValidateKey(playerPrefix+ask.Player) != nil || ask.Player == "" || ask.Points < 1 || ask.Points > 1000 {
			web.Refuse(w, http.StatusBadRequest, "player is a name, and points a whole number from 1 to 1000")
			return
		}
		play(w, r, s, Scored{Player: ask.Player, Points: ask.Points})
	})
	mux.HandleFunc("POST /games/{id}/close", func(w http.ResponseWriter, r *http.Request) { play(w, r, s, Closed{}) })
	mux.HandleFunc("POST /players/{id}/buy", func(w http.ResponseWriter, r *http.Request) { buy(w, r, s) })
	return mux
}

// play has something happen in a game that isn't over.
func play(w http.ResponseWriter, r *http.Request, s *store.Store, event Event) {
	done, err := store.Decide(r.Context(), s, gamePrefix+r.PathValue("id"), over, func(closed bool) ([]store.Pending, error) {
		if closed {
			return nil, errClosed
		}
		return codec.EncodeAll(event)
	}, nil)
	answer(w, done.Appended, err)
}

// buy spends credits that are there.
func buy(w http.ResponseWriter, r *http.Request, s *store.Store) {
	var ask struct{ Item string }
	if err := web.Read(w, r, &ask); err != nil {
		web.Fail(w, err)
		return
	}
	price, ok := prices[ask.Item]
	if !ok {
		web.Refuse(w, http.StatusBadRequest, "there is a hat for 4, and a cape for 7")
		return
	}
	done, err := store.Decide(r.Context(), s, playerPrefix+r.PathValue("id"), wallet, func(has Inventory) ([]store.Pending, error) {
		if has.Credits < price {
			return nil, errTooPoor
		}
		return codec.EncodeAll(Bought{Item: ask.Item, Price: price})
	}, nil)
	answer(w, done.Appended, err)
}

func answer(w http.ResponseWriter, done store.Appended, err error) {
	switch {
	case errors.Is(err, errClosed), errors.Is(err, errTooPoor):
		web.Refuse(w, http.StatusConflict, err.Error())
	case err != nil:
		web.Fail(w, err)
	default:
		web.Answer(w, http.StatusCreated, map[string]any{"revision": done.Revision()})
	}
}
