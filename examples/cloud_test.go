package examples_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/aeon-es/aeon/internal/testenv/ministack"
	"github.com/aeon-es/aeon/internal/testenv/sam"
)

// cloud is an emulator that the examples are deployed to, and that holds everybody to their policies.
type cloud struct {
	server  *ministack.Server
	session *sam.Session // which deploys
}

// bucket is where the functions' code goes.
const bucket = "code"

func newCloud(t *testing.T) *cloud {
	t.Helper()
	server := ministack.Start(t, "AUTH=true")
	c := &cloud{server, sam.Open(t, server.Env())}
	if status, text := c.send(t, "s3", http.MethodPut, "/"+bucket, ""); status != http.StatusOK {
		t.Fatalf("make a bucket: %d %s", status, text)
	}
	return c
}

// remains are the names of all tables and queues that there are.
func (c *cloud) remains(t *testing.T) (all []string) {
	t.Helper()
	tables, err := dynamodb.NewFromConfig(c.server.Config()).ListTables(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	queues, err := sqs.NewFromConfig(c.server.Config()).ListQueues(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	all = tables.TableNames
	for _, q := range queues.QueueUrls {
		all = append(all, path.Base(q))
	}
	return all
}

// outputs are what a stack puts out, by name.
func (c *cloud) outputs(t *testing.T, stack string) map[string]string {
	t.Helper()
	var described struct {
		Outputs []struct {
			Key   string `xml:"OutputKey"`
			Value string `xml:"OutputValue"`
		} `xml:"DescribeStacksResult>Stacks>member>Outputs>member"`
	}
	c.ask(t, "DescribeStacks", stack, &described)
	outputs := map[string]string{}
	for _, o := range described.Outputs {
		outputs[o.Key] = o.Value
	}
	return outputs
}

// functions are a stack's, by their logical names.
func (c *cloud) functions(t *testing.T, stack string) map[string]string {
	t.Helper()
	var described struct {
		Resources []struct {
			Type     string `xml:"ResourceType"`
			Logical  string `xml:"LogicalResourceId"`
			Physical string `xml:"PhysicalResourceId"`
		} `xml:"DescribeStackResourcesResult>StackResources>member"`
	}
	c.ask(t, "DescribeStackResources", stack, &described)
	functions := map[string]string{}
	for _, r := range described.Resources {
		if r.Type == "AWS::Lambda::Function" {
			functions[r.Logical] = r.Physical
		}
	}
	return functions
}

// ask asks CloudFormation about a stack.
func (c *cloud) ask(t *testing.T, action, stack string, answer any) {
	t.Helper()
	form := url.Values{"Action": {action}, "StackName": {stack}, "Version": {"2010-05-15"}}.Encode()
	status, text := c.send(t, "cloudformation", http.MethodPost, "/", form)
	if err := xml.Unmarshal(text, answer); err != nil || status != http.StatusOK {
		t.Fatalf("%s: %d %s (%v)", action, status, text, err)
	}
}

// send sends a signed request to a service of the emulator.
func (c *cloud) send(t *testing.T, service, method, path, body string) (status int, answer []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, c.server.Endpoint()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	c.sign(t, r, service)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	answer, err = io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, answer
}

// invokeSamples has each sample event handled by the function whose folder its name begins with.
func (c *cloud) invokeSamples(t *testing.T, stack, name string) {
	t.Helper()
	samples, err := filepath.Glob(filepath.Join(name, "events", "*.json"))
	if err != nil || len(samples) == 0 {
		t.Fatalf("%s has the sample events %v (%v)", name, samples, err)
	}
	functions := c.functions(t, stack)
	for _, sample := range samples {
		event, err := os.ReadFile(sample)
		if err != nil {
			t.Fatal(err)
		}
		folder, _, _ := strings.Cut(strings.TrimSuffix(filepath.Base(sample), ".json"), "-")
		logical := strings.ToUpper(folder[:1]) + folder[1:] + "Function"
		answer, err := c.server.Invoke(t.Context(), functions[logical], event)
		var http struct{ StatusCode int }
		if err != nil || json.Unmarshal(answer, &http) == nil && http.StatusCode >= 300 || strings.Contains(string(answer), "itemIdentifier") {
			t.Errorf("%s: %s of %v answers %s (%v)", sample, logical, functions, answer, err)
		}
	}
}

// proxy serves a deployed API to clients that sign nothing, as curl, until the test ends.
func (c *cloud) proxy(t *testing.T, apiURL string) (address string) {
	t.Helper()
	return serve(t, c.forward(t, apiURL))
}

func serve(t *testing.T, h http.Handler) (address string) {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

// forward signs requests to a deployed API, and sends them there.
func (c *cloud) forward(t *testing.T, apiURL string) http.Handler {
	t.Helper()
	api, err := url.Parse(apiURL)
	if err != nil || api.Host == "" {
		t.Fatalf("ApiUrl is %q (%v)", apiURL, err)
	}
	id, _, _ := strings.Cut(api.Host, ".")
	emulator, err := url.Parse(c.server.Endpoint() + api.Path)
	if err != nil {
		t.Fatal(err)
	}
	return &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(emulator)
		r.Out.Host = id + ".execute-api.localhost" // the name that the emulator knows it by
		c.sign(t, r.Out, "execute-api")
	}}
}

func (c *cloud) sign(t *testing.T, r *http.Request, service string) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			t.Error(err)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	hash := sha256.Sum256(body)
	credentials, err := c.server.Config().Credentials.Retrieve(r.Context())
	if err == nil {
		err = v4.NewSigner().SignHTTP(r.Context(), credentials, r, hex.EncodeToString(hash[:]), service, ministack.Region, time.Now())
	}
	if err != nil {
		t.Error(err)
	}
}
