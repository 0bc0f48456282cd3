package faults

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
)

// throttled is the answer where there was too much to do.
func throttled(req *http.Request, operation string) *http.Response {
	if operation == putEvents {
		return answer(req, http.StatusBadRequest, map[string]any{"__type": "ThrottlingException", "message": "Rate exceeded"})
	}
	return answer(req, http.StatusBadRequest, map[string]any{
		"__type":  "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
		"message": "The level of configured provisioned throughput for the table was exceeded.",
	})
}

// conflicting is DynamoDB's answer where another write to the same item was under way. A transaction tells it as the
// reason of one of its parts, the first of them here.
func conflicting(req *http.Request, operation string) *http.Response {
	if operation != "TransactWriteItems" {
		return answer(req, http.StatusBadRequest, map[string]any{
			"__type":  "com.amazonaws.dynamodb.v20120810#TransactionConflictException",
			"message": "Transaction is ongoing for the item",
		})
	}
	return answer(req, http.StatusBadRequest, map[string]any{
		"__type":  "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
		"Message": "Transaction cancelled, please refer cancellation reasons for specific reasons [TransactionConflict, None]",
		"CancellationReasons": []map[string]string{
			{"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"}, {"Code": "None"},
		},
	})
}

// internalError leaves open whether the request was done.
func internalError(req *http.Request) *http.Response {
	return answer(req, http.StatusInternalServerError, map[string]any{
		"__type":  "com.amazonaws.dynamodb.v20120810#InternalServerError",
		"message": "The request processing has failed because of an unknown error, exception or failure.",
	})
}

func answer(req *http.Request, status int, content any) *http.Response {
	body, err := json.Marshal(content)
	if err != nil {
		panic(err) // never: the contents above are maps of text
	}
	return &http.Response{
		Status: strconv.Itoa(status) + " " + http.StatusText(status), StatusCode: status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        http.Header{"Content-Type": {"application/x-amz-json-1.0"}},
		Body:          io.NopCloser(bytes.NewReader(body)),
		ContentLength: int64(len(body)),
		Request:       req,
	}
}
