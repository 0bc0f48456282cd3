// Package gateway lets an [net/http.Handler] serve as a Lambda function behind API Gateway or a function URL.
//
// What matters here is that the path arrives as the client sent it, since it holds keys in which "a b", "50%" and "x?"
// differ from what they look like when they are escaped. The fronts treat paths differently:
//
//   - A REST API and a function URL hand on the path as it was sent, percent-encoded.
//   - An HTTP API decodes the path, even twice ("%252F" arrives as "/"), ends it at a "?" that was escaped, and answers 400
//     itself where "%25" doesn't lead to another escape. What it hands on is taken as it is, but keys that hold "%"
//     or "?" don't get through: put a REST API or a function URL in front.
//   - Emulators decode once, whatever they emulate. They are told apart where the event shows it: what has a version "1.0"
//     is not a REST API's, and neither is a path that can't be percent-encoded. A request of sam local start-api
//     has its resource for a path in the context.
//
// A path is stripped of the stage where an event has it in front, but not of a base path that a custom domain maps to the
// API: wrap the handler in [net/http.StripPrefix] for that.
package gateway
