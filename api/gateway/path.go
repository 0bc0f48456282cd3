package gateway

import (
	"net/url"
	"strings"
)

// url is the URL of the request, without a host: its path as the client sent it, as far as the front tells.
func (e *event) url() *url.URL {
	path := e.path()
	if e.staged() {
		if rest, ok := strings.CutPrefix(path, "/"+e.Context.Stage); ok && strings.HasPrefix(rest, "/") {
			path = rest
		}
	}
	u := &url.URL{Path: path, RawQuery: e.query()}
	if !e.decoded() {
		if unescaped, ok := unescape(path); ok {
			u.Path, u.RawPath = unescaped, path
		}
	}
	return u
}

// decoded says whether the front has decoded the path already.
func (e *event) decoded() bool {
	switch {
	case e.v2():
		return !strings.Contains(e.Context.DomainName, ".lambda-url.")
	case e.Version != "": // an HTTP API in format 1.0; a REST API has no version
		return true
	default:
		// sam local start-api gives the pattern of the resource for the path of the request.
		return strings.Contains(e.Resource, "{") && e.Context.Path == e.Resource
	}
}

// staged says whether the path may begin with the stage: in HTTP APIs it does, unless the stage is $default. In format 1.0
// the path in the context is then the same; emulators of REST APIs, which may have a version too, differ there.
func (e *event) staged() bool {
	stage := e.Context.Stage
	if stage == "" || stage == "$default" {
		return false
	}
	return e.v2() || e.Version != "" && e.Path == e.Context.Path
}

// unescape decodes a path, if it can be one that is percent-encoded: an emulator may have decoded it.
func unescape(path string) (string, bool) {
	for i := range len(path) {
		if c := path[i]; c <= ' ' || c >= 0x7f || c == '?' || c == '#' {
			return "", false
		}
	}
	unescaped, err := url.PathUnescape(path)
	return unescaped, err == nil
}
