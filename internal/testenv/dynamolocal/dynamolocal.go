// Package dynamolocal runs DynamoDB Local for tests: a fresh, empty, in-memory DynamoDB per server.
//
// It is the real request parser, conditions, transactions, pages and streams, with these differences
// that tests must not rely on: transactions report 2 write units whatever they hold, TransactionConflict
// never happens, every read is consistent, a stream has one shard, and ApproximateCreationDateTime is
// cut to whole minutes. A server slows down as streamed tables accumulate: give each suite its own.
package dynamolocal

import (
	"context"
	"errors"
	"flag"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"

	"github.com/aeon-es/aeon/internal/testenv/long"
	"github.com/aeon-es/aeon/internal/testenv/port"
	"github.com/aeon-es/aeon/internal/testenv/process"
	"github.com/aeon-es/aeon/internal/testenv/recorder"
	"github.com/aeon-es/aeon/internal/testenv/toolsdir"
)

// component is the name tools/install knows it by.
const component = "dynamodb-local"

// startTimeout is generous: it takes 2 to 4 seconds on an idle machine.
const startTimeout = 90 * time.Second

// Region is the region that the clients are set up for.
const Region = "us-east-1"

// Server is a running DynamoDB Local.
type Server struct {
	reserved  *port.Reservation
	scratch   string // for the native library that it unpacks at each start
	process   *process.Process
	transport *http.Transport
}

// Start starts a server for this test, and stops it when the test ends.
// The test fails, and is never skipped, when DynamoDB Local isn't installed or doesn't start.
func Start(tb testing.TB) *Server {
	tb.Helper()
	s, err := start()
	if err != nil {
		tb.Fatalf("DynamoDB Local: %v", err)
	}
	tb.Cleanup(func() {
		if err := s.stop(); err != nil {
			tb.Errorf("DynamoDB Local: %v", err)
		}
	})
	return s
}

var shared struct {
	mu     sync.Mutex
	server *Server
	err    error
}

// Shared returns the one server of this test binary, started by the first call. Tests that share it
// keep out of each other's way by the names of their tables. The package's TestMain has to be
//
//	func TestMain(m *testing.M) { dynamolocal.Main(m) }
func Shared(tb testing.TB) *Server {
	tb.Helper()
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if shared.server == nil && shared.err == nil {
		shared.server, shared.err = start()
	}
	if shared.err != nil {
		tb.Fatalf("DynamoDB Local: %v", shared.err)
	}
	return shared.server
}

// Main runs the tests of a package, and stops the server that they shared, if they did.
func Main(m *testing.M) {
	m.Run() // the test binary exits with the code that this leaves behind
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if shared.server == nil {
		return
	}
	if err := shared.server.stop(); err != nil {
		panic(err)
	}
	shared.server = nil
}

// Launch starts a server for a program that measures: it works as fast as it can, not soon as well as it can. Close it.
func Launch() (*Server, error) { return startWith(nil) }

// Close stops a server that was launched.
func (s *Server) Close() error { return s.stop() }

// PID is the number of the server's process.
func (s *Server) PID() int { return s.process.PID() }

// Endpoint returns the server's address, such as http://127.0.0.1:20123.
func (s *Server) Endpoint() string { return "http://" + s.reserved.Address() }

// Config returns settings for AWS clients that talk to the server. Its connections are closed when
// the server stops.
func (s *Server) Config() aws.Config {
	return aws.Config{
		Region:       Region,
		BaseEndpoint: aws.String(s.Endpoint()),
		HTTPClient:   &http.Client{Transport: s.transport},
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "local", SecretAccessKey: "local"}, nil
		}),
	}
}

// Client returns a DynamoDB client of the server.
func (s *Server) Client() *dynamodb.Client { return dynamodb.NewFromConfig(s.Config()) }

// Streams returns a DynamoDB Streams client of the server.
func (s *Server) Streams() *dynamodbstreams.Client { return dynamodbstreams.NewFromConfig(s.Config()) }

// Recorded returns a client of its own with what records its requests.
func (s *Server) Recorded() (*dynamodb.Client, *recorder.Recorder) {
	rec := recorder.New(s.transport)
	config := s.Config()
	config.HTTPClient = &http.Client{Transport: rec}
	return dynamodb.NewFromConfig(config), rec
}

func start() (*Server, error) { return startWith(compiler()) }

// startWith starts a server with these options for Java.
func startWith(options []string) (*Server, error) {
	java, err := exec.LookPath("java")
	if err != nil {
		return nil, errors.Join(err, errors.New("run tools/install "+component))
	}
	lib, err := toolsdir.Path(component, "lib")
	if err != nil {
		return nil, err
	}
	s := &Server{transport: newTransport()}
	if err := s.run(java, lib, options); err != nil {
		return nil, errors.Join(err, s.stop())
	}
	return s, nil
}

// run starts the server and waits until it answers. What it got hold of, stop gives back.
func (s *Server) run(java, lib string, options []string) (err error) {
	if s.reserved, err = port.Reserve(); err != nil {
		return err
	}
	if s.scratch, err = os.MkdirTemp("", "aeon-dynamodb-local-"); err != nil {
		return err
	}
	s.process, err = process.Start(process.Command{
		Name: "DynamoDB Local",
		Path: java,
		Dir:  s.scratch,
		Args: append(options,
			"-Xmx2g", "-XX:+UseSerialGC", "-XX:-UsePerfData", "-Djava.io.tmpdir="+s.scratch,
			"-Djava.library.path="+lib, "-cp", filepath.Join(lib, "*"),
			"software.amazon.dynamodb.services.local.main.ServerRunner",
			"-sharedDb", "-inMemory", "-disableTelemetry", "-port", strconv.Itoa(s.reserved.Number),
		),
	})
	if err != nil {
		return err
	}
	return s.waitUntilReady()
}

// compiler has Java compile quickly rather than well: in the life of a server for tests that halves its work. Not where it lives long,
// or where its speed is a part of what is measured.
func compiler() []string {
	if bench := flag.Lookup("test.bench"); long.Enabled() || bench != nil && bench.Value.String() != "" {
		return nil
	}
	return []string{"-XX:TieredStopAtLevel=1"}
}

// newTransport keeps a connection for each of many concurrent clients: by default a second one of the
// same host would be opened and closed with each request.
func newTransport() *http.Transport {
	return &http.Transport{MaxIdleConns: 256, MaxIdleConnsPerHost: 256, IdleConnTimeout: time.Minute}
}

func (s *Server) waitUntilReady() error {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	client := dynamodb.NewFromConfig(s.Config(), func(o *dynamodb.Options) { o.Retryer = aws.NopRetryer{} })
	return s.process.WaitUntil(ctx, func(ctx context.Context) error {
		_, err := client.ListTables(ctx, &dynamodb.ListTablesInput{})
		return err
	})
}

// stop kills the server at once: it holds nothing but memory.
func (s *Server) stop() error {
	var errs []error
	if s.process != nil {
		errs = append(errs, s.process.Stop(0))
	}
	s.transport.CloseIdleConnections()
	if s.scratch != "" {
		errs = append(errs, os.RemoveAll(s.scratch))
	}
	if s.reserved != nil {
		errs = append(errs, s.reserved.Release())
	}
	return errors.Join(errs...)
}
