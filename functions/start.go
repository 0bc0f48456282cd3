package functions

import (
	"context"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/aeon-es/aeon/internal/function"
)

// Handler is a function that is put together: it takes Lambda's events as they come, and answers as Lambda
// expects it. It is safe for concurrent use, and fit for [lambda.Start].
type Handler = function.Handler

// Start runs a function until Lambda ends it, and never returns. It takes what [Append], [Query], [Commands], projecting.Project,
// projecting.Redrive and publishing.Publish answer: an error is logged, and ends the process.
func Start(h Handler, err error) {
	if err != nil {
		function.NewLog(os.Stdout).LogAttrs(context.Background(), slog.LevelError, "the function can't start", slog.Any("error", err))
		os.Exit(1)
	}
	lambda.Start(h)
}
