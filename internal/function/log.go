package function

import (
	"context"
	"io"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambdacontext"
)

// NewLog writes JSON lines in the form that Lambda's own take, each with the id of its request.
func NewLog(w io.Writer) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(os.Getenv("AWS_LAMBDA_LOG_LEVEL"))); err != nil {
		level = slog.LevelInfo
	}
	return slog.New(requestID{slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level, ReplaceAttr: lambdacontext.ReplaceAttr})})
}

// requestID is a handler that adds the id of the Lambda request at hand to records that have none.
type requestID struct{ slog.Handler }

// Handle implements [slog.Handler].
func (h requestID) Handle(ctx context.Context, r slog.Record) error {
	if c, ok := lambdacontext.FromContext(ctx); ok && !identified(r) {
		r = r.Clone()
		r.AddAttrs(slog.String(requestIDKey, c.AwsRequestID))
	}
	return h.Handler.Handle(ctx, r)
}

const requestIDKey = "requestId"

// identified says whether a record has a request id already: the API puts its own.
func identified(r slog.Record) (yes bool) {
	r.Attrs(func(a slog.Attr) bool {
		yes = a.Key == requestIDKey
		return !yes
	})
	return yes
}

// WithAttrs implements [slog.Handler].
func (h requestID) WithAttrs(attrs []slog.Attr) slog.Handler {
	return requestID{h.Handler.WithAttrs(attrs)}
}

// WithGroup implements [slog.Handler].
func (h requestID) WithGroup(name string) slog.Handler { return requestID{h.Handler.WithGroup(name)} }
