// Command empty is a function that does nothing: what every function takes to start.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"
)

type handler struct{}

// Invoke implements [lambda.Handler].
func (handler) Invoke(context.Context, []byte) ([]byte, error) { return []byte("{}"), nil }

func main() { lambda.Start(handler{}) }
