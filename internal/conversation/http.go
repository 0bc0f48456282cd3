package conversation

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
)

// HTTP sends requests to a server, such as http://127.0.0.1:8080. Each goes through prepare first, if that is not nil.
func HTTP(base string, prepare func(r *http.Request, body string) error) Send {
	return func(ctx context.Context, ask Request) (Answer, error) {
		r, err := http.NewRequestWithContext(ctx, ask.Method, base+ask.Target, strings.NewReader(ask.Body))
		if err != nil {
			return Answer{}, err
		}
		for name, value := range ask.Header {
			r.Header.Set(name, value)
		}
		if prepare != nil {
			if err := prepare(r, ask.Body); err != nil {
				return Answer{}, err
			}
		}
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			return Answer{}, err
		}
		body, err := io.ReadAll(response.Body)
		return Answer{Status: response.StatusCode, Header: response.Header, Body: string(body)}, errors.Join(err, response.Body.Close())
	}
}
