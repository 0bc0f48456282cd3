// Package api serves a store and its views over HTTP: append to a stream, read one or all of them page by page, query a row, list
// rows. openapi.yaml describes it, and the tests hold the handler to that file.
//
// One handler serves them all: Lambda functions, by package api/gateway, and a server of one's own alike. It keeps nothing
// between requests.
//
// A key is all that follows "/streams/", percent-decoded once. Nothing cleans the path or redirects: "a//b", ".."
// and "%2F" are keys like any other.
package api
