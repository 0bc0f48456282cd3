package function

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/lambdacontext"
)

func TestLogLines(t *testing.T) {
	ctx := lambdacontext.NewContext(context.Background(), &lambdacontext.LambdaContext{AwsRequestID: "of-lambda"})
	var b bytes.Buffer
	log := NewLog(&b)
	log.InfoContext(ctx, "first", "n", 1)
	log.InfoContext(ctx, "second", "requestId", "of-the-caller")
	log.With("a", 1).WithGroup("g").Info("third")
	log.Debug("not this one")
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	if len(lines) != 3 {
		t.Fatalf("%d lines, want 3:\n%s", len(lines), &b)
	}
	for i, want := range []map[string]any{
		{"message": "first", "level": "INFO", "n": 1.0, "requestId": "of-lambda"},
		{"message": "second", "requestId": "of-the-caller"},
		{"message": "third", "a": 1.0, "requestId": nil},
	} {
		var line map[string]any
		if err := json.Unmarshal([]byte(lines[i]), &line); err != nil {
			t.Fatal(err)
		}
		for name, value := range want {
			if line[name] != value {
				t.Errorf("line %d: %s is %v, want %v", i+1, name, line[name], value)
			}
		}
		if line["timestamp"] == nil || strings.Count(lines[i], "requestId") > 1 {
			t.Errorf("line %d: %s", i+1, lines[i])
		}
	}
}

func TestLogLevel(t *testing.T) {
	for level, want := range map[string]int{"": 2, "DEBUG": 3, "WARN": 1, "ERROR": 0, "nonsense": 2} {
		t.Setenv("AWS_LAMBDA_LOG_LEVEL", level)
		var b bytes.Buffer
		log := NewLog(&b)
		log.Debug("")
		log.Info("")
		log.Warn("")
		if got := strings.Count(b.String(), "\n"); got != want {
			t.Errorf("%q: %d lines, want %d", level, got, want)
		}
	}
}

func TestConfiguration(t *testing.T) {
	for name, value := range map[string]string{
		"AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "token", "AWS_ENDPOINT_URL": "",
	} {
		t.Setenv(name, value)
	}
	var env Environment
	c := env.AWS()
	got, err := c.Credentials.Retrieve(t.Context())
	if err != nil || env.Err() != nil {
		t.Fatal(err, env.Err())
	}
	if got.AccessKeyID != "id" || got.SecretAccessKey != "secret" || got.SessionToken != "token" || c.Region != "eu-central-1" {
		t.Errorf("credentials %+v, region %s", got, c.Region)
	}
	if c.BaseEndpoint != nil {
		t.Errorf("an empty AWS_ENDPOINT_URL is an endpoint: %s", *c.BaseEndpoint)
	}
	t.Setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:8000")
	if c = env.AWS(); c.BaseEndpoint == nil || *c.BaseEndpoint != "http://127.0.0.1:8000" {
		t.Errorf("AWS_ENDPOINT_URL is not honoured: %v", c.BaseEndpoint)
	}
}
