package faults

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"testing"
)

// Listen serves an address in front of endpoints of AWS, for programs that can only be told an address: requests are sent on by via,
// such as a [Transport] or [Strikes], to where route says, and a request that via breaks off is broken off for its sender, too.
// It serves until the test ends.
func Listen(tb testing.TB, via http.RoundTripper, route func(*http.Request) (endpoint string)) string {
	tb.Helper()
	proxy := &httputil.ReverseProxy{
		Transport: via,
		Rewrite: func(r *httputil.ProxyRequest) {
			target, err := url.Parse(route(r.In))
			if err != nil {
				panic(err) // of a test's own making
			}
			r.SetURL(target)
			r.Out.Host = r.In.Host // it is signed
		},
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}
	server := httptest.NewServer(proxy)
	tb.Cleanup(server.Close)
	return server.URL
}

// To is a route that sends everything to one endpoint.
func To(endpoint string) func(*http.Request) string {
	return func(*http.Request) string { return endpoint }
}
