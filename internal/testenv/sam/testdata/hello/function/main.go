// Command function greets, tells the HTTP status that the address in ASK answers with, if there is one, and
// gives away a secret of its environment.
package main

import (
	"context"
	"net/http"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
)

type answer struct {
	Greeting string `json:"greeting"`
	Status   int    `json:"status"`
	Secret   string `json:"secret"`
}

func hello(ctx context.Context, in struct{ Name string }) (answer, error) {
	out := answer{Greeting: "hello " + in.Name, Secret: os.Getenv("AEON_SECRET")}
	address := os.Getenv("ASK")
	if address == "" {
		return out, nil
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return answer{}, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return answer{}, err
	}
	out.Status = resp.StatusCode
	return out, resp.Body.Close()
}

func main() { lambda.Start(hello) }
