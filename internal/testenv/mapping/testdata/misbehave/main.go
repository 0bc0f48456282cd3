// Command misbehave is a function that does what the items, or the messages, of its batch say: "fail", "exit", "hang" or "report",
// or "answer" and the answer. With a number behind it, as in "fail 2", it does so that many times to each.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/aws/aws-lambda-go/lambda"
)

type event struct {
	Records []struct {
		MessageID string `json:"messageId"`
		Body      string `json:"body"`
		Change    struct {
			SequenceNumber string
			NewImage       struct{ Do struct{ S string } }
		} `json:"dynamodb"`
	}
}

func main() { lambda.Start(handle) }

func handle(_ context.Context, e event) (json.RawMessage, error) {
	var failed []string
	for _, r := range e.Records {
		id, do := r.Change.SequenceNumber, r.Change.NewImage.Do.S
		if r.MessageID != "" {
			id, do = r.MessageID, r.Body
		}
		verb, rest, _ := strings.Cut(do, " ")
		if verb == "answer" {
			return json.RawMessage(rest), nil
		}
		if limit, err := strconv.Atoi(rest); err == nil && seen(id) > limit {
			continue
		}
		switch verb {
		case "fail":
			return nil, errors.New("failed on purpose")
		case "exit":
			os.Exit(1)
		case "hang":
			select {}
		case "report":
			failed = append(failed, id)
		}
	}
	return answer(failed), nil
}

func answer(failed []string) json.RawMessage {
	items := []map[string]string{}
	for _, id := range failed {
		items = append(items, map[string]string{"itemIdentifier": id})
	}
	text, _ := json.Marshal(map[string]any{"batchItemFailures": items})
	return text
}

// seen counts across sandboxes how often it was asked for an id.
func seen(id string) int {
	name := filepath.Join(os.Getenv("STATE"), id)
	before, _ := os.ReadFile(name)
	_ = os.WriteFile(name, append(before, '.'), 0o600)
	return len(before) + 1
}
