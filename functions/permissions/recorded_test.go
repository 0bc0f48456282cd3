package permissions_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/aeon-es/aeon/internal/testenv/faults"
)

// recording notes which permissions the requests of functions need.
type recording struct {
	next      http.RoundTripper
	resources map[string]string // the template's names, by those that the emulators know
	database  string            // where DynamoDB is
	others    string            // where all else is

	mu   sync.Mutex
	used map[permission]int
	errs []error
}

// listen is an address for one function.
func (r *recording) listen(t *testing.T, function string) string {
	t.Helper()
	return faults.Listen(t, roundTripper(func(request *http.Request) (*http.Response, error) {
		if err := r.record(function, request); err != nil {
			return nil, err
		}
		return r.next.RoundTrip(request)
	}), func(request *http.Request) string {
		if strings.HasPrefix(request.Header.Get("X-Amz-Target"), "DynamoDB") {
			return r.database
		}
		return r.others
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

// RoundTrip implements [http.RoundTripper].
func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func (r *recording) record(function string, request *http.Request) error {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return err
	}
	request.Body = io.NopCloser(bytes.NewReader(body))
	accesses, err := accessesOf(request.Header.Get("X-Amz-Target"), body)
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		r.errs = append(r.errs, fmt.Errorf("%s: %w", function, err))
		return nil // the function is not to notice
	}
	for _, a := range accesses {
		name, rest, _ := strings.Cut(a.resource, "\n")
		if known, ok := r.resources[name]; ok {
			name = known
		}
		r.used[permission{function, a.action, name + rest}]++
	}
	return nil
}

// access is an action on what a request names. An index is put behind a newline.
type access struct{ action, resource string }

// accessesOf are the permissions that AWS asks for on a request: the parts of a transaction are asked for one by one, and so are
// the entries of a batch in SQS, which are as if they were sent alone.
func accessesOf(target string, body []byte) (all []access, err error) {
	service, operation, _ := strings.Cut(target, ".")
	var asked struct {
		TableName, IndexName string
		QueueURL             string `json:"QueueUrl"`
		RequestItems         map[string]json.RawMessage
		TransactItems        []map[string]struct{ TableName string }
		Entries              []struct{ EventBusName string }
	}
	if err := json.Unmarshal(body, &asked); err != nil {
		return nil, fmt.Errorf("%s: %w", target, err)
	}
	switch service {
	case "DynamoDB_20120810":
		for table := range asked.RequestItems {
			all = append(all, access{"dynamodb:" + operation, table})
		}
		for _, item := range asked.TransactItems {
			for part, of := range item {
				all = append(all, access{"dynamodb:" + map[string]string{
					"Put": "PutItem", "Delete": "DeleteItem", "Update": "UpdateItem", "ConditionCheck": "ConditionCheckItem", "Get": "GetItem",
				}[part], of.TableName})
			}
		}
		if asked.TableName != "" {
			resource := asked.TableName
			if asked.IndexName != "" {
				resource += "\n/index/" + asked.IndexName
			}
			all = append(all, access{"dynamodb:" + operation, resource})
		}
	case "AmazonSQS":
		all = append(all, access{"sqs:" + strings.TrimSuffix(operation, "Batch"), asked.QueueURL})
	case "AWSEvents":
		for _, e := range asked.Entries {
			all = append(all, access{"events:" + operation, e.EventBusName})
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("a request %q that this test doesn't know: %.200s", target, body)
	}
	return all, nil
}
