// Package defaultapp is the application that the root template deploys and "aeon dev" runs: two views over
// whatever events there are.
package defaultapp

import "github.com/aeon-es/aeon/projector"

// Views are the default application's views.
func Views() []projector.Definition {
	return []projector.Definition{Counters(), Streams()}
}
