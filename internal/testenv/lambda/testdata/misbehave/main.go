// Command misbehave is a function that does what its event says: {"do": "...", ...}.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/signal"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

type event struct {
	Do   string
	Code int
}

// answer tells about the process.
type answer struct {
	PID       int
	Handled   int64 // events until now
	Left      time.Duration
	RequestID string
	ARN       string
	Env       map[string]string
}

var handled atomic.Int64

func main() {
	if os.Getenv("INIT") == "exit" {
		os.Exit(3)
	}
	if os.Getenv("INIT") == "flaky" { // every other time
		name := os.Getenv("STATE")
		if _, err := os.Stat(name); err != nil {
			_ = os.WriteFile(name, nil, 0o600)
			os.Exit(4)
		}
	}
	lambda.Start(handle)
}

func handle(ctx context.Context, e event) (any, error) {
	handled.Add(1)
	switch e.Do {
	case "fail":
		return nil, errors.New("failed on purpose")
	case "panic":
		panic("panicked on purpose")
	case "exit":
		os.Exit(e.Code)
	case "hang":
		select {}
	case "grow":
		return strings.Repeat("x", 7<<20), nil
	case "die later":
		thawed := make(chan os.Signal, 1)
		signal.Notify(thawed, syscall.SIGCONT)
		go func() {
			<-thawed
			os.Exit(5)
		}()
	}
	return tell(ctx), nil
}

func tell(ctx context.Context) answer {
	a := answer{PID: os.Getpid(), Handled: handled.Load(), Env: map[string]string{}}
	if deadline, ok := ctx.Deadline(); ok {
		a.Left = time.Until(deadline)
	}
	if c, ok := lambdacontext.FromContext(ctx); ok {
		a.RequestID, a.ARN = c.AwsRequestID, c.InvokedFunctionArn
	}
	for _, setting := range os.Environ() {
		name, value, _ := strings.Cut(setting, "=")
		a.Env[name] = value
	}
	_ = json.NewEncoder(os.Stdout).Encode(map[string]any{"message": "handled", "n": a.Handled})
	return a
}
