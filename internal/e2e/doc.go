// Package e2e tests the platform as it is deployed: from the repository's template, built by the SAM CLI, on an
// emulator of AWS and in the containers of "sam local".
package e2e
