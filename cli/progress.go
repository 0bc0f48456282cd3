package cli

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/aeon-es/aeon/internal/platform"
	"github.com/aeon-es/aeon/projector"
)

// plainEvery is how often progress is told where there is no terminal.
const plainEvery = 10 * time.Second

// progress tells people how far a long piece of work is, at what rate, and how much time is left: as a bar on a terminal, as a line
// now and then elsewhere, on standard error.
type progress struct {
	run    *run
	what   string
	unit   string                   // such as "keys"
	total  int                      // of the steps that at is told of; 0 if nobody knows
	atMost bool                     // there may be fewer
	bar    *progressbar.ProgressBar // nil where there is no terminal
	every  time.Duration
	now    func() time.Time
	told   time.Time
	// Where it was when it was told for the first time: what was done before, by an earlier run, doesn't count for the rate.
	began     time.Time
	step0, n0 int
	begun     bool
}

// barSteps is how many steps a bar is drawn in.
const barSteps = 1000

func (r *run) progress(what, unit string, total int) *progress {
	p := &progress{run: r, what: what, unit: unit, total: total, every: plainEvery, now: time.Now}
	p.told = p.now()
	if f, ok := r.err.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		steps := barSteps
		if total <= 0 {
			steps = -1
		}
		p.every = 0
		p.bar = progressbar.NewOptions(steps,
			progressbar.OptionSetWriter(f), progressbar.OptionSetDescription(what), progressbar.OptionSetPredictTime(false),
			progressbar.OptionSetElapsedTime(false), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())
	}
	return p
}

// progressOf is the progress of what looks at all keys, or all commits. Where their number can't be had, the work goes on without.
func (r *run) progressOf(ctx context.Context, what, unit string, p *platform.Platform) *progress {
	size, err := p.Size(ctx)
	if err != nil {
		r.log().Warn("how much there is to do can't be told", "error", err)
	}
	total := size.Commits
	if unit == "keys" {
		total = size.Keys
	}
	bar := r.progress(what, unit, total)
	bar.atMost = size.AtMost
	return bar
}

// at tells that so many steps are done, and so many units, which are what people count.
func (p *progress) at(step, n int, detail string) {
	now := p.now()
	if !p.begun {
		p.begun, p.began, p.step0, p.n0 = true, now, step, n
	}
	if p.bar == nil && now.Sub(p.told) < p.every {
		return
	}
	p.told = now
	text := p.text(step, n, detail, now.Sub(p.began))
	if p.bar == nil {
		_, _ = fmt.Fprintln(p.run.err, text) // what can't be told is no reason to stop
		return
	}
	p.bar.Describe(text)
	at := step
	if p.total > 0 {
		at = min(barSteps-1, int(int64(barSteps)*int64(step)/int64(p.total)))
	}
	_ = p.bar.Set(at) // nor what can't be drawn
}

// atKeys tells how far a rebuild or a sweep is.
func (p *progress) atKeys(now projector.Progress) {
	p.at(now.Keys, now.Keys, fmt.Sprintf("%d of %d parts", now.Ended, now.Segments))
}

// text is such as "importing: 120000 events, 24000/s, 40s left".
func (p *progress) text(step, n int, detail string, took time.Duration) string {
	text := fmt.Sprintf("%s: %d %s", p.what, n, p.unit)
	if detail != "" {
		text += ", " + detail
	}
	if took <= 0 || n == p.n0 || step == p.step0 {
		return text
	}
	text += fmt.Sprintf(", %.0f/s", float64(n-p.n0)/took.Seconds())
	if step < p.total {
		left := time.Duration(float64(took) * float64(p.total-step) / float64(step-p.step0)).Round(time.Second)
		most := ""
		if p.atMost {
			most = "at most "
		}
		text += fmt.Sprintf(", %s%s left", most, left)
	}
	return text
}

// end takes the bar away.
func (p *progress) end() {
	if p.bar != nil && !p.bar.IsFinished() {
		_ = p.bar.Finish() // as above
	}
}
