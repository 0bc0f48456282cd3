package api

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// handler answers a call, or says why it can't.
type handler func(*call) (*answer, error)

// methods are the handlers of one path.
type methods map[string]handler

// find gives the handler of a call. It goes by the path as it was escaped, since a "/" that separates and one
// inside a name differ in nothing else.
func (a *api) find(c *call) (handler, error) {
	all, err := a.methods(c)
	if err != nil {
		return nil, err
	}
	handle := all[c.Method]
	if handle == nil {
		return nil, &methodError{method: c.Method, allowed: slices.Sorted(maps.Keys(all))}
	}
	return handle, nil
}

func (a *api) methods(c *call) (methods, error) {
	path := c.URL.EscapedPath()
	if rest, ok := strings.CutPrefix(path, "/streams/"); ok {
		c.route = "/streams/{key}"
		return methods{http.MethodPost: a.append, http.MethodGet: a.stream, http.MethodHead: a.streamHead}, unescape(rest, "key", &c.key)
	}
	if rest, ok := strings.CutPrefix(path, "/views/"); ok && rest != "" {
		view, id, ok := strings.Cut(rest, "/")
		if err := unescape(view, "view", &c.view); err != nil {
			return nil, err
		}
		if !ok {
			c.route = "/views/{view}"
			return methods{http.MethodGet: a.rows, http.MethodHead: a.rows}, nil
		}
		c.route = "/views/{view}/{id}"
		return methods{http.MethodGet: a.row, http.MethodHead: a.row}, unescape(id, "id", &c.key)
	}
	switch path {
	case "/events":
		c.route = path
		return methods{http.MethodGet: a.events}, nil
	case "/health":
		c.route = path
		return methods{http.MethodGet: a.health, http.MethodHead: a.health}, nil
	case "/openapi.yaml":
		c.route = path
		return methods{http.MethodGet: a.description, http.MethodHead: a.description}, nil
	}
	return nil, errNotFound
}

// unescape percent-decodes a part of the path, once.
func unescape(part, field string, to *string) (err error) {
	if *to, err = url.PathUnescape(part); err != nil {
		return invalidf(field, "%v", err)
	}
	return nil
}
