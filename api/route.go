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

// operation is what is done for one method of a path.
type operation struct {
	handle handler
	// types are the media types that it can answer with, the usual one first; none if it answers whatever is accepted.
	types []string
}

// methods are the operations of one path.
type methods map[string]operation

// reading are the methods of a path that is only read.
func reading(handle handler, types ...string) methods {
	o := operation{handle, types}
	return methods{http.MethodGet: o, http.MethodHead: o}
}

// allowed are the methods of a path, as the header Allow lists them.
func (m methods) allowed() []string {
	return slices.Sorted(slices.Values(append(slices.Collect(maps.Keys(m)), http.MethodOptions)))
}

// find gives the handler of a call. It goes by the path as it was escaped, since a "/" that separates and one
// inside a name differ in nothing else.
func (a *api) find(c *call) (handler, error) {
	all, err := a.methods(c)
	if err != nil {
		return nil, err
	}
	if c.Method == http.MethodOptions {
		return func(*call) (*answer, error) { return optionsAnswer(all.allowed()), nil }, nil
	}
	o, ok := all[c.Method]
	if !ok {
		return nil, &methodError{method: c.Method, allowed: all.allowed()}
	}
	return o.handle, acceptable(c.Header, o.types)
}

func (a *api) methods(c *call) (methods, error) {
	path := c.URL.EscapedPath()
	if rest, ok := strings.CutPrefix(path, "/streams/"); ok {
		c.route = "/streams/{key}"
		return methods{
			http.MethodPost: {a.append, []string{documentType}},
			http.MethodGet:  {a.stream, []string{documentType, linesType}},
			http.MethodHead: {a.streamHead, []string{documentType, linesType}},
		}, unescape(rest, "key", &c.key)
	}
	if rest, ok := strings.CutPrefix(path, "/views/"); ok && rest != "" {
		view, id, ok := strings.Cut(rest, "/")
		if err := unescape(view, "view", &c.view); err != nil {
			return nil, err
		}
		if !ok {
			c.route = "/views/{view}"
			return reading(a.rows, documentType), nil
		}
		c.route = "/views/{view}/{id}"
		return reading(a.row, documentType), unescape(id, "id", &c.key)
	}
	switch path {
	case "/events":
		c.route = path
		return reading(a.events, documentType, linesType), nil
	case "/health":
		c.route = path
		return reading(a.health), nil // a probe that takes something else wants the status
	case "/openapi.yaml":
		c.route = path
		return reading(a.description, yamlType), nil
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
