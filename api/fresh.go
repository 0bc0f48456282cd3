package api

import (
	"strings"
	"time"

	"github.com/aeon-es/aeon/projector"
)

// freshness reads what a row has to show. What can't be asked of a view is for the projector to say.
func (v values) freshness() (f projector.Freshness, err error) {
	if f.Revision, err = v.revision("revision", 0); err != nil {
		return f, err
	}
	for _, s := range v["after"] {
		i := strings.LastIndexByte(s, '@')
		if i < 0 {
			return f, invalidf("after", "must be a key, @ and a revision, such as order/7@3")
		}
		r, err := parseRevision("after", s[i+1:])
		if err != nil {
			return f, err
		}
		f.After = append(f.After, projector.KeyRevision{Key: s[:i], Revision: r})
	}
	if f.Lazy, err = v.flag("lazy"); err != nil {
		return f, err
	}
	if v.has("wait") && !v.has("revision") && !v.has("after") {
		return f, invalidf("wait", "needs revision or after: what to wait for")
	}
	f.Wait, err = v.wait()
	return f, err
}

// asksForNothing says whether revision 0 is asked for: the row as it is, whatever happened behind it.
func (v values) asksForNothing(f projector.Freshness) bool {
	least := f.Revision
	for _, a := range f.After {
		least = max(least, a.Revision)
	}
	return least == 0 && (v.has("revision") || v.has("after"))
}

// wait reads how long to wait, 0 if it isn't given.
func (v values) wait() (time.Duration, error) {
	if !v.has("wait") {
		return 0, nil
	}
	s := v["wait"][0]
	number := strings.TrimSuffix(strings.TrimSuffix(s, "s"), "m")
	d, err := time.ParseDuration(s)
	if err != nil || !strings.HasSuffix(s, "s") || len(number) > 5 || strings.Trim(number, "0123456789") != "" || d > projector.MaxWait {
		return 0, invalidf("wait", "must be a time such as 5s or 500ms, of %s at most", projector.MaxWait)
	}
	return d, nil
}
