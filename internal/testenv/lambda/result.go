package lambda

import (
	"encoding/json"
	"fmt"
)

// Outcome is how an invocation ended.
type Outcome string

// The ways an invocation ends. All but Answered and Throttled are function errors.
const (
	Answered   Outcome = "answered"
	Failed     Outcome = "failed"      // the function reported an error
	TimedOut   Outcome = "timed out"   // its time was over: it was killed
	Crashed    Outcome = "crashed"     // its process ended in the middle
	InitFailed Outcome = "init failed" // its process never got to ask for an event, twice
	Throttled  Outcome = "throttled"   // it never reached the function: all sandboxes are busy
)

// Result is what became of an invocation.
type Result struct {
	Outcome Outcome
	// Payload is the function's answer, or the error document.
	Payload   []byte
	RequestID string
	// Sandbox is the access key of the sandbox that had it.
	Sandbox string
	// Cold says that the sandbox was started for it.
	Cold bool
}

// FunctionError says whether the function had the event and failed.
func (r Result) FunctionError() bool { return r.Outcome != Answered && r.Outcome != Throttled }

// The error types that Lambda itself reports.
const (
	exitError     = "Runtime.ExitError"
	timeoutError  = "Sandbox.Timedout"
	tooLargeError = "Function.ResponseSizeTooLarge"
)

// document is an error as Lambda words it.
func document(kind, requestID, message string) []byte {
	text, err := json.Marshal(map[string]string{"errorType": kind, "errorMessage": fmt.Sprintf("RequestId: %s Error: %s", requestID, message)})
	if err != nil {
		panic(err) // never: it is a map of text
	}
	return text
}
