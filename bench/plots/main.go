// Command plots draws the plots of docs/benchmarks from its figures:
//
//	go run . results.json FOLDER
//
// It is a module of its own, so that nobody who uses Aeon gets what draws plots.
package main

import (
	"encoding/json"
	"fmt"
	"image/color"
	"os"
	"path/filepath"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

// document is as much of the results as the plots need.
type document struct {
	Results []struct {
		Suite, Scenario string
		Rows            []row
	}
}

type row struct {
	Contender string
	PerSecond float64
	Events    int
	Ratio     struct{ Median float64 }
	Count     *struct{ WriteUnits float64 }
	Failed    string
}

// chart is a plot: bars for contenders, one group for each scenario.
type chart struct {
	file, title, y string
	suite          string
	scenarios      []string
	groups         []string // what the scenarios are called, below their bars
	leave          []string // contenders that are not in it
	value          func(row) float64
}

var charts = []chart{
	{
		file: "append-time.svg", title: "Time of an append behind a known head", y: "times a bare conditional PutItem", suite: "append",
		scenarios: []string{"known head, 1", "known head, 10", "known head, 100"}, groups: []string{"1 event", "10 events", "100 events"},
		leave: []string{"bare again"}, value: func(r row) float64 { return r.Ratio.Median },
	},
	{
		file: "append-units.svg", title: "Write units of an append, for each of its events", y: "write units, by AWS's rules", suite: "append",
		scenarios: []string{"known head, 1", "known head, 10", "known head, 100"}, groups: []string{"1 event", "10 events", "100 events"},
		leave: []string{"bare", "bare again", "bare transaction"}, value: func(r row) float64 {
			if r.Count == nil || r.Events == 0 {
				return 0
			}
			return r.Count.WriteUnits / float64(r.Events)
		},
	},
	{
		file: "at-once.svg", title: "Appends a second, writers at once", y: "appends/s", suite: "together",
		scenarios: []string{"keys of their own, 1", "keys of their own, 16", "keys of their own, 64", "one key, 16"},
		groups:    []string{"1 writer", "16, a key each", "64, a key each", "16, one key"},
		leave:     []string{"bare again"}, value: func(r row) float64 { return r.PerSecond },
	},
	{
		file: "read-time.svg", title: "Time to read a key's events", y: "times the bare Query of Aeon's items", suite: "read",
		scenarios: []string{"1", "100", "10000"}, groups: []string{"1 event", "100 events", "10,000 events"},
		leave: []string{"bare again", "bare transaction"}, value: func(r row) float64 { return r.Ratio.Median },
	},
}

// colors are the contenders', told apart by those who see no red or green, too.
var colors = map[string]color.RGBA{
	"bare": {0x99, 0x99, 0x99, 255}, "bare transaction": {0x44, 0x44, 0x44, 255}, "aeon": {0x00, 0x72, 0xb2, 255}, "aeon, no index": {0x56, 0xb4, 0xe9, 255},
	"head item in a transaction": {0xd5, 0x5e, 0x00, 255}, "castore": {0x00, 0x9e, 0x73, 255}, "event-store-adapter-js": {0xe6, 0x9f, 0x00, 255},
	"dynamo-es": {0xcc, 0x79, 0xa7, 255}, "eventsourcing-dynamodb": {0x33, 0x22, 0x88, 255},
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: plots results.json FOLDER")
		os.Exit(2)
	}
	if err := draw(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "plots:", err)
		os.Exit(1)
	}
}

func draw(results, folder string) error {
	text, err := os.ReadFile(results) //nolint:gosec // the caller's
	if err != nil {
		return err
	}
	var d document
	if err := json.Unmarshal(text, &d); err != nil {
		return fmt.Errorf("%s: %w", results, err)
	}
	for _, c := range charts {
		p, err := c.plot(d)
		if err != nil {
			return fmt.Errorf("%s: %w", c.file, err)
		}
		if err := p.Save(10.5*vg.Inch, 4*vg.Inch, filepath.Join(folder, c.file)); err != nil {
			return err
		}
	}
	return nil
}

func (c chart) plot(d document) (*plot.Plot, error) {
	p := plot.New()
	p.Title.Text, p.Y.Label.Text = c.title, c.y
	p.Title.Padding, p.Title.TextStyle.Font.Size = vg.Points(12), vg.Points(14)
	// Each name is to the right of its color: a reader's font may be wider than the one that it is measured with.
	p.Legend.Top, p.Legend.Left, p.Legend.XOffs, p.Legend.Padding = true, true, 7.1*vg.Inch, vg.Points(3)
	p.Legend.ThumbnailWidth = vg.Points(12)
	p.BackgroundColor = color.White
	p.Y.Min = 0
	names := c.contenders(d)
	if len(names) == 0 {
		return nil, fmt.Errorf("there are no figures")
	}
	width := vg.Points(580 / (1.4*float64(len(c.groups)) + 0.5) / float64(len(names)))
	for i, name := range names {
		bars, err := plotter.NewBarChart(c.values(d, name), width)
		if err != nil {
			return nil, err
		}
		bars.Color, bars.LineStyle.Width = colors[name], 0
		bars.Offset = width * vg.Length(float64(i)-float64(len(names)-1)/2)
		p.Add(bars)
		p.Legend.Add(name, bars)
	}
	p.NominalX(c.groups...)
	p.X.Max = float64(len(c.groups)) * 1.4 // room for the legend
	return p, nil
}

// contenders are those in the plot, in the order of the figures.
func (c chart) contenders(d document) (names []string) {
	left := map[string]bool{}
	for _, name := range c.leave {
		left[name] = true
	}
	for _, r := range d.Results {
		if r.Suite != c.suite {
			continue
		}
		for _, row := range r.Rows {
			if _, known := colors[row.Contender]; known && !left[row.Contender] {
				left[row.Contender] = true
				names = append(names, row.Contender)
			}
		}
	}
	return names
}

// values are a contender's; 0 where it has none: no bar.
func (c chart) values(d document, contender string) plotter.Values {
	values := make(plotter.Values, len(c.scenarios))
	for i, scenario := range c.scenarios {
		for _, r := range d.Results {
			if r.Suite != c.suite || r.Scenario != scenario {
				continue
			}
			for _, row := range r.Rows {
				if v := c.value(row); row.Contender == contender && row.Failed == "" && v > 0 {
					values[i] = v
				}
			}
		}
	}
	return values
}
