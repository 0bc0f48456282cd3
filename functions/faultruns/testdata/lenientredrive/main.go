// Command lenientredrive is the redrive function with the mended views.
package main

import (
	"github.com/aeon-es/aeon/functions"
	"github.com/aeon-es/aeon/functions/faultruns/testdata/lenient"
	"github.com/aeon-es/aeon/functions/projecting"
)

func main() { functions.Start(projecting.Redrive(lenient.Views()...)) }
