package version

import (
	"runtime/debug"
	"testing"
)

func TestOf(t *testing.T) {
	t.Parallel()
	replaced := &debug.Module{Path: module, Version: "v1.0.0", Replace: &debug.Module{Path: "../aeon"}}
	for want, info := range map[string]*debug.BuildInfo{
		"v1.2.3": {Main: debug.Module{Path: module, Version: "v1.2.3"}},
		"v1.2.4": {Main: debug.Module{Path: "shop", Version: "v7.0.0"}, Deps: []*debug.Module{{Path: module, Version: "v1.2.4"}}},
		Unknown:  {Main: debug.Module{Path: "shop", Version: "v7.0.0"}, Deps: []*debug.Module{replaced}},
	} {
		if got := of(info); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if got := of(&debug.BuildInfo{Main: debug.Module{Path: module, Version: "v1.2.4-0.20261125+dirty"}}); got != Unknown {
		t.Errorf("what isn't committed: %s", got)
	}
}
