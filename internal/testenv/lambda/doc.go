// Package lambda runs built bootstrap binaries for tests as Lambda runs them: it serves the runtime API, keeps warm sandboxes,
// starts others when those are busy, ends invocations at their deadline and replaces what crashed.
//
//	f := lambda.Start(t, lambda.Config{Name: "project", Bootstrap: path, Timeout: time.Minute})
//	result := f.Invoke(ctx, event)
//
// A sandbox is a process of its own that serves one invocation at a time. It is frozen (SIGSTOP) between two of them, and killed
// (SIGKILL) when its time is over, in the middle of whatever it is doing. A test may kill or freeze one at any moment: each has its
// own access key, so that whoever sees a request of it, such as a proxy before DynamoDB, knows which sandbox sent it.
//
// Not modelled: the limit of memory and processor that comes with the memory setting, extensions, /tmp, layers, and how long
// Lambda takes to get a sandbox ready.
package lambda
