// Package browsertest drives the dashboard of "aeon dev" in a real browser, as a person would: with the mouse, with the keyboard
// alone, and with a reader's eyes. Pictures of what it saw are in dist/screenshots afterwards.
package browsertest
