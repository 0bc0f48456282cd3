package function

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/aeon-es/aeon/api"
	storedynamo "github.com/aeon-es/aeon/store/dynamo"
)

// Environment reads variables and keeps note of those that are missing, so that one start names them all.
type Environment struct{ missing []error }

// Need reads a variable. Empty counts as missing: so a template says "not set".
func (e *Environment) Need(name, purpose string) string {
	value := os.Getenv(name)
	if value == "" {
		e.missing = append(e.missing, fmt.Errorf("environment variable %s is missing: %s", name, purpose))
	}
	return value
}

// Events names the table of events.
func (e *Environment) Events() string {
	return e.Need("EVENTS_TABLE", "it names the table that keeps the events")
}

// Store names the tables of a store.
func (e *Environment) Store() storedynamo.Tables {
	return storedynamo.Tables{
		Events:   e.Events(),
		Metadata: e.Metadata(),
	}
}

// Metadata names the table of metadata.
func (e *Environment) Metadata() string {
	return e.Need("METADATA_TABLE", "it names the table that keeps the store's settings and idempotency markers")
}

// Creation is how the store is to be created, or was: another store is refused. Nothing said: as it is, or as is usual.
func (e *Environment) Creation() []storedynamo.Option {
	switch index := os.Getenv("POSITION_INDEX"); index {
	case "false":
		return []storedynamo.Option{storedynamo.WithoutPositionIndex()}
	case "", "true":
	default:
		e.missing = append(e.missing, fmt.Errorf("environment variable POSITION_INDEX is %q: it says whether the store has the index of positions, true or false", index))
	}
	number := os.Getenv("SLICES")
	if number == "" {
		return nil
	}
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || n > storedynamo.MaxSlices {
		e.missing = append(e.missing, fmt.Errorf("environment variable SLICES is %q: it is how many slices the index of positions has, 1 to %d", number, storedynamo.MaxSlices))
		return nil
	}
	return []storedynamo.Option{storedynamo.WithSlices(n)}
}

// Views names the table of the views' rows.
func (e *Environment) Views() string {
	return e.Need("VIEWS_TABLE", "it names the table that keeps the rows of the views")
}

// AllowedOrigins are those whose scripts the HTTP API lets in: what ALLOWED_ORIGINS lists, with commas; none if it is absent.
func (e *Environment) AllowedOrigins() (origins []string) {
	for origin := range strings.SplitSeq(os.Getenv("ALLOWED_ORIGINS"), ",") {
		if origin = strings.TrimSpace(origin); origin == "" {
			continue
		}
		if err := api.ValidateOrigin(origin); err != nil {
			e.missing = append(e.missing, fmt.Errorf("environment variable ALLOWED_ORIGINS: %w", err))
		}
		origins = append(origins, origin)
	}
	return origins
}

// Endpoint is where a service is, if it isn't where the others are: what AWS_ENDPOINT_URL_ and its name say. Nil if nothing is said.
func Endpoint(service string) *string {
	if url := os.Getenv("AWS_ENDPOINT_URL_" + service); url != "" {
		return &url
	}
	return nil
}

// AWS is what clients of AWS are made from. Built by hand: config.LoadDefaultConfig looks into places that a function
// doesn't have, and its dependencies would double the binary.
func (e *Environment) AWS() aws.Config {
	const fromLambda = "Lambda sets it; elsewhere set it yourself"
	c := aws.Config{
		Region: e.Need("AWS_REGION", fromLambda),
		Credentials: fixed{
			AccessKeyID:     e.Need("AWS_ACCESS_KEY_ID", fromLambda),
			SecretAccessKey: e.Need("AWS_SECRET_ACCESS_KEY", fromLambda),
			SessionToken:    os.Getenv("AWS_SESSION_TOKEN"),
			Source:          "the function's environment",
		}.provider(),
		HTTPClient: httpClient(),
	}
	if url := os.Getenv("AWS_ENDPOINT_URL"); url != "" {
		c.BaseEndpoint = &url
	}
	return c
}

// Err names what was missing.
func (e *Environment) Err() error { return errors.Join(e.missing...) }
