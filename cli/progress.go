package cli

import (
	"fmt"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// plainEvery is how often progress is told where there is no terminal.
const plainEvery = 10 * time.Second

// progress tells people how far a long piece of work is: as a bar on a terminal, as a line now and then elsewhere, on standard error.
type progress struct {
	run   *run
	what  string
	bar   *progressbar.ProgressBar // nil where there is no terminal
	began time.Time
	told  time.Time
	n     int
}

func (r *run) progress(what string) *progress {
	p := &progress{run: r, what: what, began: time.Now(), told: time.Now()}
	if f, ok := r.err.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		p.bar = progressbar.NewOptions(-1,
			progressbar.OptionSetWriter(f), progressbar.OptionSetDescription(what), progressbar.OptionShowCount(), progressbar.OptionShowIts(),
			progressbar.OptionSetItsString("keys"), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())
	}
	return p
}

// at tells that n are done.
func (p *progress) at(n int, detail string) {
	p.n = n
	if p.bar != nil {
		p.bar.Describe(p.what + ", " + detail)
		_ = p.bar.Set(n) // a bar that can't be drawn is no reason to stop
		return
	}
	if time.Since(p.told) >= plainEvery {
		p.told = time.Now()
		rate := float64(n) / time.Since(p.began).Seconds()
		_, _ = fmt.Fprintf(p.run.err, "%s: %d keys, %s, %.0f/s\n", p.what, n, detail, rate) // nor one that can't be told
	}
}

// end takes the bar away.
func (p *progress) end() {
	if p.bar != nil {
		_ = p.bar.Finish() // as above
	}
}
