package conversation

import (
	"fmt"
	"regexp"
	"strings"
)

var (
	positions = regexp.MustCompile(`"position":"([0-9A-HJKMNP-TV-Z]{26})"`)
	times     = regexp.MustCompile(`"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"`)
	requests  = regexp.MustCompile(`"requestId":"[A-Za-z0-9._:/+=@-]+"`)
	tokens    = regexp.MustCompile(`"next":"[A-Za-z0-9_-]+"`)
)

// mask puts what is the same each time in the place of positions, times, tokens and ids of requests: the first position that it meets is
// "<position 1>" wherever it shows up again, and every time is "<time>".
type mask struct{ seen map[string]int }

func (m *mask) of(text string) string {
	if m.seen == nil {
		m.seen = map[string]int{}
	}
	text = positions.ReplaceAllStringFunc(text, func(found string) string {
		if m.seen[found] == 0 {
			m.seen[found] = len(m.seen) + 1
		}
		return fmt.Sprintf(`"position":"<position %d>"`, m.seen[found])
	})
	text = requests.ReplaceAllString(text, `"requestId":"<request>"`)
	text = tokens.ReplaceAllString(text, `"next":"<next>"`)
	return strings.TrimSpace(times.ReplaceAllString(text, `"<time>"`))
}

// Mask is a text without what differs each time, such as positions and times.
func Mask(text string) string { return (&mask{}).of(text) }
