// Package docs holds the documentation to what it says of itself: its tests follow every link, look for every listing in the
// file that it is a part of, and for every setting in the code. It also has the code that guides show and no other package does.
//
// A listing, which is a fenced block that is no picture, says before it begins what holds it, in a comment that isn't shown:
//
//	<!-- part of FILE -->         its lines are in that file of the repository, which is compiled, run or deployed; where lines are
//	                              left out, a line of "…" stands for them, also behind // or #
//	<!-- run -->                  commands behind "$ ", and what they print: a test of cmd/aeon runs them, those of a page one after the other
//	<!-- run server -->           one command that goes on while they run
//	<!-- commands -->             commands whose verbs and flags, targets and folders are there
//	<!-- checked by TestName -->  that test, or example, has it in another form
//	<!-- illustrative -->         nothing does: it needs AWS, or is no more than a shape
package docs
