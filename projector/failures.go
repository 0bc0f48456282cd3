package projector

import (
	"errors"
	"slices"
)

// failures are those of a batch of doorbells.
type failures struct {
	failed []bool // by doorbell
	causes []error
}

func newFailures(bells int) *failures { return &failures{failed: make([]bool, bells)} }

// allOf are the indices of all doorbells.
func allOf(bells []Doorbell) []int {
	indices := make([]int, len(bells))
	for i := range bells {
		indices[i] = i
	}
	return indices
}

// add takes note of a cause, and of the doorbells that failed for it.
func (f *failures) add(cause error, bells ...int) {
	f.causes = append(f.causes, cause)
	for _, i := range bells {
		f.failed[i] = true
	}
}

// addKeys takes note of what failed in one view, by key.
func (f *failures) addKeys(bells []Doorbell, keys []*keyNews, failed map[string]error) {
	for _, k := range keys {
		cause := failed[k.key]
		if cause == nil {
			continue
		}
		indices := k.bells
		if ahead, ok := errors.AsType[*AheadError](cause); ok { // the others have what they told of
			indices = slices.DeleteFunc(slices.Clone(indices), func(i int) bool { return bells[i].Revision <= ahead.Head })
		}
		f.add(cause, indices...)
	}
}

// err is what Ring answers.
func (f *failures) err() error {
	if len(f.causes) == 0 {
		return nil
	}
	var indices []int
	for i, failed := range f.failed {
		if failed {
			indices = append(indices, i)
		}
	}
	return &BacklogError{First: indices[0], Failed: indices, Err: errors.Join(f.causes...)}
}
