// Command lenientredrive is the redrive function with the mended views.
package main

import (
	"github.com/aeon-es/aeon/functions"
	"github.com/aeon-es/aeon/functions/faultruns/testdata/lenient"
)

func main() { functions.Start(functions.Redrive(lenient.Views()...)) }
