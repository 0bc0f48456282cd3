// Package aeon holds the files that deploy the platform, for those who make an application of their own of them, as "aeon init"
// does. The library is in the folders beside it: store, projector, publish, api, functions, cli and dev.
package aeon

import "embed"

// Files are go.sum, template.yaml and samconfig.toml, what builds the functions in functions/build, and events/env.json, which
// "sam local" gives them as their environment.
//
//go:embed go.sum template.yaml samconfig.toml events/env.json functions/build
var Files embed.FS
