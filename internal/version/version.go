// Package version knows which version of Aeon this program has.
package version

import (
	"runtime/debug"
	"strings"
)

// stamped is set by the linker where a release is built.
var stamped string

// module is Aeon's own.
const module = "github.com/aeon-es/aeon"

// Unknown is the version of what was built from source that isn't committed.
const Unknown = "(devel)"

// Aeon is the version of Aeon, such as "v1.2.3".
func Aeon() string {
	if stamped != "" {
		return stamped
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return Unknown
	}
	return of(info)
}

// of is the version by what the compiler has noted: of the program itself, or of what it depends on.
func of(info *debug.BuildInfo) string {
	found := debug.Module{Path: module}
	if info.Main.Path == module {
		found = info.Main
	}
	for _, dependency := range info.Deps {
		if dependency.Path == module && dependency.Replace == nil {
			found = *dependency
		}
	}
	if found.Version == "" || strings.Contains(found.Version, "+dirty") {
		return Unknown
	}
	return found.Version
}
