package sampleevents

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Differs tells in what a function's answer is not what is wanted of it, if that can be said.
func (s Sample) Differs(answer []byte) string {
	var got struct {
		StatusCode        int
		Body              string
		BatchItemFailures *[]struct{ ItemIdentifier string }
		Views             []struct{ View string }
		ErrorMessage      string
	}
	if s.Want == nil {
		return ""
	}
	if err := json.Unmarshal(answer, &got); err != nil {
		return fmt.Sprintf("%s: it answers %s: %v", s.File, answer, err)
	}
	var reached []string
	for _, v := range got.Views {
		reached = append(reached, v.View)
	}
	right := false
	switch w := s.Want; {
	case w.Error != "":
		right = strings.Contains(got.ErrorMessage, w.Error)
	case w.Status != 0:
		right = got.StatusCode == w.Status && strings.Contains(got.Body, w.Part)
	case w.Reached != "":
		right = slices.Contains(reached, w.Reached)
	case got.BatchItemFailures != nil:
		failed := []string{}
		for _, f := range *got.BatchItemFailures {
			failed = append(failed, f.ItemIdentifier)
		}
		right = slices.Equal(failed, append([]string{}, w.Failed...))
	}
	if right {
		return ""
	}
	return fmt.Sprintf("%s: it answers %s, want %+v", s.File, answer, *s.Want)
}
