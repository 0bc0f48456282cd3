// Command nothing is a function that does nothing: what a start takes at least.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"
)

func main() {
	lambda.StartHandlerFunc(func(context.Context, struct{}) (string, error) { return "", nil })
}
