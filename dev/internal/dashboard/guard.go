package dashboard

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// GuardHost lets in requests whose Host is a name of this machine: no page whose own name has been pointed here, whatever else its
// requests look like. It is for servers that are bound to loopback.
func GuardHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isLoopbackHost(r.Host) {
			writeProblem(w, http.StatusForbidden, "the server is bound to loopback, and answers to localhost, 127.0.0.1 and [::1] only")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// GuardOrigin keeps other sites' pages, open in the browser of whoever runs "aeon dev", from changing anything: they are told by
// Origin and Sec-Fetch-Site. Programs that aren't browsers send neither and are let in, and so are pages of the allowed origins, of
// which "*" is any. Whether a page may read an answer is not decided here: what next allows, which is nothing unless it says so.
func GuardOrigin(next http.Handler, allowed []string) http.Handler {
	if slices.Contains(allowed, "*") {
		return next
	}
	protection := http.NewCrossOriginProtection()
	for _, origin := range allowed {
		if err := protection.AddTrustedOrigin(origin); err != nil {
			panic(err) // they are validated before the server begins
		}
	}
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		writeProblem(w, http.StatusForbidden, "the request comes from a page of another origin, which may not change anything here")
	}))
	guarded := protection.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cross-Origin-Resource-Policy", "same-origin")
		guarded.ServeHTTP(w, r)
	})
}

// isForeign says whether a browser tells that another origin's page has asked, also where nothing is changed.
func isForeign(r *http.Request) bool {
	site := r.Header.Get("Sec-Fetch-Site")
	return site == "cross-site" || site == "same-site"
}

// isLoopbackHost says whether a Host header names this machine in a way that no name server can have a say in.
func isLoopbackHost(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if address, err := netip.ParseAddr(host); err == nil {
		return address.IsLoopback()
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// IsLoopback says whether an address that is listened on can be reached from this machine alone.
func IsLoopback(address net.Addr) bool {
	tcp, ok := address.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}
