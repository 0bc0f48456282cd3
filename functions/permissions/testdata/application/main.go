// Command application is an application with every kind of view: project, redrive or query, whichever it is named.
package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/aeon-es/aeon/functions"
	"github.com/aeon-es/aeon/functions/projecting"
	"github.com/aeon-es/aeon/internal/defaultapp"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

func main() {
	make, ok := map[string]func(...projector.Definition) (functions.Handler, error){
		"project": projecting.Project, "redrive": projecting.Redrive, "query": functions.Query,
	}[os.Getenv("AWS_LAMBDA_FUNCTION_NAME")]
	if !ok {
		functions.Start(nil, errors.New("no such function"))
		return
	}
	second := defaultapp.Counters() // is driven once it is registered
	second.Version = 2
	functions.Start(make(append(defaultapp.Views(), second, seats(), tags())...))
}

// tag is a row that events of several keys touch.
type tag struct {
	Uses int `json:"uses"`
}

// poisoned fails for the types that POISON lists.
func poisoned(e store.Committed) error {
	if strings.Contains(os.Getenv("POISON"), e.Type) {
		return fmt.Errorf("type %q is poison", e.Type)
	}
	return nil
}

// tags is a view of rows by type, and one of all of them: "closed" takes its rows away.
func tags() projector.View[tag] {
	return projector.View[tag]{
		Name: "tags", Keys: []string{"tag/"},
		IDs: func(e store.Committed) []string { return []string{"all", e.Type} },
		Apply: func(row *tag, e store.Committed) (*tag, error) {
			if err := poisoned(e); err != nil || e.Type == "closed" {
				return nil, err
			}
			if row == nil {
				row = &tag{}
			}
			row.Uses++
			return row, nil
		},
	}
}

// seats is a view with a row per key.
func seats() projector.View[tag] {
	return projector.View[tag]{
		Name: "seats", Keys: []string{"seat/"},
		Apply: func(row *tag, e store.Committed) (*tag, error) {
			return &tag{Uses: int(e.Revision)}, poisoned(e)
		},
	}
}
