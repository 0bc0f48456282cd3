// Command newproject is the project function of a later release: it knows another version of the counters, besides the one that is live.
package main

import (
	"github.com/aeon-es/aeon/functions"
	"github.com/aeon-es/aeon/functions/faultruns/testdata/newviews"
	"github.com/aeon-es/aeon/functions/projecting"
)

func main() { functions.Start(projecting.Project(newviews.All()...)) }
