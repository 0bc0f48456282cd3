// Package workflows tests what GitHub runs for this repository: .github/workflows.
package workflows
