// Package examples holds the tests of the examples in the folders beside it: that the commands of their READMEs print what is said
// there, on one machine and deployed, and that every listing is code that runs.
package examples
