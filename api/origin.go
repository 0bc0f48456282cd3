package api

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// anyOrigin lets the scripts of every page use the API.
const anyOrigin = "*"

// What scripts may send and read, beside what they always may. The headers of x-amz are those of a signature.
const (
	sendable = "Accept, Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-Amz-Content-Sha256, X-Amz-Date, X-Amz-Security-Token, X-Request-Id"
	readable = "Allow, ETag, Link, Retry-After, X-Request-Id"
	// preflightSeconds is how long a browser may remember what a preflight was answered.
	preflightSeconds = "600"
)

// ValidateOrigin says what is wrong with one of [Options.AllowedOrigins]: it is "*", or a scheme and a host with its port, if it has
// one, as browsers send it.
func ValidateOrigin(origin string) error {
	u, err := url.Parse(origin)
	plain := err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && !strings.Contains(u.Host, "*")
	if origin == anyOrigin || plain && origin == u.Scheme+"://"+strings.ToLower(u.Host) {
		return nil
	}
	return fmt.Errorf(`origin %q is not "*" or one such as https://shop.example.com, in small letters and without a path`, origin)
}

// origins are those whose scripts may use the API, as a browser's rules for cross-origin requests have it (CORS). Requests are
// answered either way: the browser keeps the answer from other scripts.
type origins struct {
	any   bool
	named []string
}

func newOrigins(allowed []string) origins {
	return origins{any: slices.Contains(allowed, anyOrigin), named: allowed}
}

// allow puts on the answer to a call what lets its script read it, and, where the browser asks for that first, send it.
func (o origins) allow(answered http.Header, c *call) {
	origin := c.Header.Get("Origin")
	switch {
	case o.any:
		answered.Set("Access-Control-Allow-Origin", anyOrigin)
	case len(o.named) == 0:
		return
	default:
		answered.Add("Vary", "Origin")
		if origin == "" || !slices.Contains(o.named, origin) {
			return
		}
		answered.Set("Access-Control-Allow-Origin", origin)
	}
	answered.Set("Access-Control-Expose-Headers", readable)
	if c.Method == http.MethodOptions && c.Header.Get("Access-Control-Request-Method") != "" {
		answered.Set("Access-Control-Allow-Methods", answered.Get("Allow"))
		answered.Set("Access-Control-Allow-Headers", sendable)
		answered.Set("Access-Control-Max-Age", preflightSeconds)
	}
}
