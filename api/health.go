package api

import (
	"context"
	_ "embed" // for openapi.yaml
	"fmt"
	"net/http"
	"time"
)

// healthTimeout is how long the databases have to answer.
const healthTimeout = 5 * time.Second

// health serves GET and HEAD /health.
func (a *api) health(c *call) (*answer, error) {
	if _, err := parameters(c.URL.RawQuery); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(c.Context(), healthTimeout)
	defer cancel()
	if err := a.store.Ping(ctx); err != nil {
		return nil, fmt.Errorf("%w: the store: %w", errNotReady, err)
	}
	if a.projector != nil {
		if err := a.projector.Ping(ctx); err != nil {
			return nil, fmt.Errorf("%w: the views: %w", errNotReady, err)
		}
	}
	return jsonAnswer(http.StatusOK, map[string]string{"status": "ok"})
}

//go:embed openapi.yaml
var openapi []byte

// description serves GET and HEAD /openapi.yaml.
func (a *api) description(c *call) (*answer, error) {
	if _, err := parameters(c.URL.RawQuery); err != nil {
		return nil, err
	}
	return c.conditional(bodyAnswer(http.StatusOK, yamlType, openapi)), nil
}
