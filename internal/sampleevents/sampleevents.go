// Package sampleevents makes the sample events of the Lambda functions, in the folder events: one for each shape that a function
// takes, and what it answers.
//
//	go run ./internal/sampleevents/write    # or: make events
package sampleevents

import (
	"strings"
)

// Sample is one event.
type Sample struct {
	// File is its name in the folder events, which begins with the function's.
	File string
	// About says what it is, and Answered what the function answers, for a reader.
	About, Answered string
	// Want is what can be expected of the answer whatever was before; nil where that depends on what is stored.
	Want *Want

	event any
}

// Want is what is expected of an answer, once events/append.json was appended three times, and events/append-idempotent.json at
// least once.
type Want struct {
	// Status and Part are those of an HTTP answer: its status, and a part of its body.
	Status int
	Part   string
	// Failed are the items of a batch that the answer names, where it isn't an HTTP one.
	Failed []string
	// Reached is a view that the answer to a doorbell names.
	Reached string
	// Error is a part of the message that the invocation fails with.
	Error string
}

// Function is the function's logical name in template.yaml.
func (s Sample) Function() string {
	name, _, _ := strings.Cut(strings.TrimSuffix(s.File, ".json"), "-")
	return strings.ToUpper(name[:1]) + name[1:] + "Function"
}

// Text is what the file holds.
func (s Sample) Text() []byte {
	t, err := text(s.event)
	if err != nil {
		panic(err) // the events are in this package
	}
	return t
}

// All are the samples, by function.
func All() []Sample {
	var all []Sample
	for _, group := range [][]Sample{appends(), queries(), projects(), redrives(), publishes()} {
		all = append(all, group...)
	}
	return all
}

// Files are all the files that are made, by name.
func Files() map[string][]byte {
	files := map[string][]byte{"README.md": readme()}
	for _, s := range All() {
		files[s.File] = s.Text()
	}
	return files
}
