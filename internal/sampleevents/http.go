package sampleevents

import (
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
)

// request is an HTTP request as a client sends it: headers and parameters are names and values in turn.
type request struct {
	method, path string // percent-encoded
	query        string // with nothing in it that would have to be encoded
	headers      []string
	body         string
}

func get(path, query string, headers ...string) request {
	return request{method: "GET", path: path, query: query, headers: headers}
}

func post(path, body string, headers ...string) request {
	return request{method: "POST", path: path, body: body, headers: append([]string{"Content-Type", "application/json"}, headers...)}
}

const (
	restHost     = "a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com"
	functionHost = "a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6.lambda-url.eu-central-1.on.aws"
)

// header is all that arrives: what the client sends, and what is added on the way.
func (r request) header(host string) map[string]string {
	h := map[string]string{
		"Accept": "*/*", "Host": host, "User-Agent": "curl/8.9.1", "X-Amz-Date": "20261124T091207Z",
		"X-Amzn-Trace-Id": "Root=1-6b05ac67-1f2e3d4c5b6a798812345678", "X-Forwarded-For": "192.0.2.17",
		"X-Forwarded-Port": "443", "X-Forwarded-Proto": "https",
	}
	for pair := range slices.Chunk(r.headers, 2) {
		h[pair[0]] = pair[1]
	}
	return h
}

func multi(one map[string]string) map[string][]string {
	all := map[string][]string{}
	for name, value := range one {
		all[name] = []string{value}
	}
	return all
}

// parameters are those of the query, the last of each name and all of them; nil if there are none.
func (r request) parameters() (one map[string]string, all map[string][]string) {
	if r.query == "" {
		return nil, nil
	}
	one, all = map[string]string{}, map[string][]string{}
	for pair := range strings.SplitSeq(r.query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		one[name], all[name] = value, append(all[name], value)
	}
	return one, all
}

// route is the pattern of the template that the path is for, and what stands for {proxy+} in it.
func (r request) route() (resource string, proxy any) {
	for _, prefix := range []string{"/streams/", "/views/"} {
		if rest, ok := strings.CutPrefix(r.path, prefix); ok {
			return prefix + "{proxy+}", object{"proxy", rest}
		}
	}
	return r.path, nil
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// rest is the event of a REST API: the one that template.yaml deploys.
func (r request) rest() object {
	resource, proxy := r.route()
	header := r.header(restHost)
	query, queries := r.parameters()
	return object{
		"resource", resource, "path", r.path, "httpMethod", r.method, "headers", header, "multiValueHeaders", multi(header),
		"queryStringParameters", query, "multiValueQueryStringParameters", queries, "pathParameters", proxy, "stageVariables", nil,
		"requestContext", object{
			"resourceId", "x7k2pq", "resourcePath", resource, "operationName", nil, "httpMethod", r.method, "extendedRequestId", "KdH3mFZpFiAEY1A=",
			"requestTime", "24/Nov/2026:09:12:07 +0000", "path", "/v1" + r.path, "accountId", "123456789012", "protocol", "HTTP/1.1", "stage", "v1",
			"domainPrefix", "a1b2c3d4e5", "requestTimeEpoch", sentMillis, "requestId", "5f1c6f0e-0a0f-4b7b-9f0e-6c7a3d1e2b3c",
			"identity", object{
				"cognitoIdentityPoolId", nil, "accountId", "123456789012", "cognitoIdentityId", nil, "caller", "AIDAEXAMPLEEXAMPLE123", "sourceIp", "192.0.2.17",
				"principalOrgId", nil, "accessKey", "AKIAEXAMPLEEXAMPLE12", "cognitoAuthenticationType", nil, "cognitoAuthenticationProvider", nil,
				"userArn", "arn:aws:iam::123456789012:user/example", "userAgent", "curl/8.9.1", "user", "AIDAEXAMPLEEXAMPLE123",
			},
			"domainName", restHost, "deploymentId", "d3f4g5", "apiId", "a1b2c3d4e5",
		},
		"body", orNull(r.body), "isBase64Encoded", false,
	}
}

// httpV1 is the event of an HTTP API whose integration has the payload format 1.0.
func (r request) httpV1() object {
	e := r.rest()
	decoded, err := url.PathUnescape(r.path)
	if err != nil {
		panic(err) // the paths are in this package
	}
	context, _ := e[slices.Index(e, any("requestContext"))+1].(object)
	for i := 0; i < len(context); i += 2 {
		switch context[i] {
		case "path":
			context[i+1] = decoded
		case "stage":
			context[i+1] = "$default"
		}
	}
	e[slices.Index(e, any("path"))+1] = decoded
	return append(object{"version", "1.0"}, e...)
}

// httpV2 is the event of an HTTP API whose integration has the payload format 2.0, as is usual: it decodes paths.
func (r request) httpV2() object {
	decoded, err := url.PathUnescape(r.path)
	if err != nil {
		panic(err)
	}
	resource, _ := r.route()
	return r.v2(restHost, decoded, r.method+" "+resource, r.body, false)
}

// functionURL is the event of a function's own URL, which keeps paths as they are. A body may come in base64.
func (r request) functionURL() object {
	return r.v2(functionHost, r.path, "$default", base64.StdEncoding.EncodeToString([]byte(r.body)), r.body != "")
}

func (r request) v2(host, path, route, body string, encoded bool) object {
	header := map[string]string{}
	for name, value := range r.header(host) {
		header[strings.ToLower(name)] = value
	}
	id, _, _ := strings.Cut(host, ".")
	e := object{"version", "2.0", "routeKey", route, "rawPath", path, "rawQueryString", r.query, "headers", header}
	if _, all := r.parameters(); all != nil {
		joined := map[string]string{}
		for name, values := range all {
			joined[name] = strings.Join(values, ",")
		}
		e = append(e, "queryStringParameters", joined)
	}
	e = append(e, "requestContext", object{
		"accountId", "123456789012", "apiId", id,
		"authorizer", object{"iam", object{
			"accessKey", "AKIAEXAMPLEEXAMPLE12", "accountId", "123456789012", "callerId", "AIDAEXAMPLEEXAMPLE123", "cognitoIdentity", nil,
			"principalOrgId", nil, "userArn", "arn:aws:iam::123456789012:user/example", "userId", "AIDAEXAMPLEEXAMPLE123",
		}},
		"domainName", host, "domainPrefix", id,
		"http", object{"method", r.method, "path", path, "protocol", "HTTP/1.1", "sourceIp", "192.0.2.17", "userAgent", "curl/8.9.1"},
		"requestId", "5f1c6f0e-0a0f-4b7b-9f0e-6c7a3d1e2b3c", "routeKey", route, "stage", "$default",
		"time", "24/Nov/2026:09:12:07 +0000", "timeEpoch", sentMillis,
	})
	if body != "" {
		e = append(e, "body", body)
	}
	return append(e, "isBase64Encoded", encoded)
}
