// Package ministack runs ministack for tests: an AWS emulator that SAM stacks are deployed to, and that
// runs their functions as native processes.
//
// It proves a template and its ways from end to end. It is no measure of what happens when things fail:
// its mapping from DynamoDB streams to functions drops the records of a partly failed batch, blocks on a
// failing one, and knows no retry limits; its capacity figures are unreliable; and AWS::Serverless::HttpApi
// deploys without routes. The address of an API's stage is the server's own, with the header
// Host: <apiId>.execute-api.localhost.
package ministack

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/aeon-es/aeon/internal/testenv/port"
	"github.com/aeon-es/aeon/internal/testenv/process"
	"github.com/aeon-es/aeon/internal/testenv/toolsdir"
)

const (
	component    = "ministack"
	startTimeout = 90 * time.Second // it takes a second or two on an idle machine
	stopGrace    = 10 * time.Second // for the functions' processes to end
)

// Region is the region that the clients are set up for.
const Region = "us-east-1"

// Any keys will do, but requests have to be signed.
var credentials = aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}

// Server is a running, empty ministack.
type Server struct {
	reserved  *port.Reservation
	process   *process.Process
	transport *http.Transport
}

// Start starts a server for this test, and stops it with all of its functions when the test ends. The
// test fails, and is never skipped, when ministack isn't installed or doesn't start.
//
// Everything in the server's environment reaches the functions, so it gets an almost empty one: only
// what is given here, as "NAME=value", comes on top of it.
func Start(tb testing.TB, env ...string) *Server {
	tb.Helper()
	s, err := start(tb.TempDir(), env)
	if err != nil {
		tb.Fatalf("ministack: %v", err)
	}
	tb.Cleanup(func() {
		if tb.Failed() {
			tb.Logf("the end of what ministack printed:\n%s", s.process.Output())
		}
		if err := s.stop(); err != nil {
			tb.Errorf("ministack: %v", err)
		}
	})
	return s
}

func start(scratch string, env []string) (*Server, error) {
	program, err := toolsdir.Path(component, "bin", "ministack")
	if err != nil {
		return nil, err
	}
	reserved, err := port.Reserve()
	if err != nil {
		return nil, err
	}
	s := &Server{reserved: reserved, transport: &http.Transport{IdleConnTimeout: time.Minute}}
	s.process, err = process.Start(process.Command{
		Name: "ministack", Path: program, Dir: scratch, Env: append(s.environment(scratch), env...),
	})
	if err != nil {
		return nil, errors.Join(err, reserved.Release())
	}
	if err := s.waitUntilReady(); err != nil {
		return nil, errors.Join(err, s.stop())
	}
	return s, nil
}

// environment is all that the server and the functions get to see of this machine.
func (s *Server) environment(scratch string) []string {
	return []string{
		"PATH=/usr/local/bin:/usr/bin:/bin",
		"LANG=C.UTF-8",
		"HOME=" + scratch,
		"TMPDIR=" + scratch,
		"STATE_DIR=" + scratch + "/state",
		"S3_DATA_DIR=" + scratch + "/s3",
		"BIND_HOST=127.0.0.1",
		"GATEWAY_PORT=" + strconv.Itoa(s.reserved.Number),
		"IOT_MTLS_ENABLED=0", // else it opens a port of its own to everyone
		"AWS_ENDPOINT_URL=" + s.Endpoint(),
	}
}

func (s *Server) waitUntilReady() error {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	return s.process.WaitUntil(ctx, func(ctx context.Context) error {
		_, err := s.call(ctx, http.MethodGet, "/_ministack/health", nil)
		return err
	})
}

func (s *Server) stop() error {
	err := s.process.Stop(stopGrace)
	s.transport.CloseIdleConnections()
	return errors.Join(err, s.reserved.Release())
}

// Endpoint returns the server's address, such as http://127.0.0.1:20123.
func (s *Server) Endpoint() string { return "http://" + s.reserved.Address() }

// Env returns the environment that makes the SAM CLI deploy to the server.
func (s *Server) Env() []string {
	return []string{
		"AWS_ENDPOINT_URL=" + s.Endpoint(),
		"AWS_REGION=" + Region,
		"AWS_DEFAULT_REGION=" + Region,
		"AWS_ACCESS_KEY_ID=" + credentials.AccessKeyID,
		"AWS_SECRET_ACCESS_KEY=" + credentials.SecretAccessKey,
		"SAM_CLI_TELEMETRY=0",
		"SAM_CLI_POLL_DELAY=1",
	}
}

// Config returns settings for AWS clients that talk to the server. Its connections are closed when the
// server stops.
func (s *Server) Config() aws.Config {
	return aws.Config{
		Region:       Region,
		BaseEndpoint: aws.String(s.Endpoint()),
		HTTPClient:   &http.Client{Transport: written{s.transport}},
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return credentials, nil
		}),
	}
}

// Invoke calls a deployed function by its name, and returns what it answered. An error of the function
// itself is an error here.
func (s *Server) Invoke(ctx context.Context, function string, payload []byte) ([]byte, error) {
	answer, err := s.call(ctx, http.MethodPost, "/2015-03-31/functions/"+function+"/invocations", payload)
	if err != nil {
		return nil, fmt.Errorf("invoke %s: %w", function, err)
	}
	return answer, nil
}

// call sends a request, signed for Lambda, and returns the body of a successful answer.
func (s *Server) call(ctx context.Context, method, path string, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, s.Endpoint()+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	hash := sha256.Sum256(body)
	if err := v4.NewSigner().SignHTTP(ctx, credentials, req, hex.EncodeToString(hash[:]), "lambda", Region, time.Now()); err != nil {
		return nil, err
	}
	resp, err := s.transport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	answer, err := io.ReadAll(resp.Body)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		return nil, err
	}
	if resp.StatusCode >= 300 || resp.Header.Get("X-Amz-Function-Error") != "" {
		return nil, fmt.Errorf("%s: %s", resp.Status, answer)
	}
	return answer, nil
}
