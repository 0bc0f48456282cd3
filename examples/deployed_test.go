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
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/aeon-es/aeon/internal/testenv/bootstrap"
	"github.com/aeon-es/aeon/internal/testenv/ministack"
	"github.com/aeon-es/aeon/internal/testenv/sam"
)

// cloud is an emulator that the examples are deployed to, and that holds everybody to their policies.
type cloud struct{ server *ministack.Server }

// Each example is deployed by its template, does what its README says, and is deleted.
func TestDeployed(t *testing.T) {
	t.Parallel()
	c := cloud{ministack.Start(t, "AUTH=true")}
	c.makeBucket(t)
	slots := make(chan struct{}, 2) // as many as there are processors where it is tested
	t.Run("alone", func(t *testing.T) {
		for _, name := range names {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				slots <- struct{}{}
				defer func() { <-slots }()
				c.testAlone(t, name)
			})
		}
	})
	t.Run("on a store", c.testShared)
	left, err := dynamodb.NewFromConfig(c.server.Config()).ListTables(t.Context(), nil)
	if err == nil { // those of the store stay, as its template says
		left.TableNames = slices.DeleteFunc(left.TableNames, func(name string) bool { return strings.HasPrefix(name, existing+"-") })
	}
	if err != nil || len(left.TableNames) > 0 {
		t.Errorf("after all of them were deleted, there are the tables %v (%v)", left.TableNames, err)
	}
}

func (c cloud) testAlone(t *testing.T, name string) {
	outputs := c.deploy(t, name, name)
	address := c.proxy(t, outputs["ApiUrl"])
	read(t, name).hold(t, address)
	c.invokeSamples(t, name, name)
	c.remove(t, name, address)
}

// existing is the stack of a store that examples are deployed onto.
const existing = "aeon"

// On an existing store a read model is rung by the store's bus, and the store has the events.
func (c cloud) testShared(t *testing.T) {
	store := c.deployTemplate(t, existing, filepath.Join("..", "template.yaml"), func(function string) string { return bootstrap.Function(t, function) },
		"DeletionProtection=false")
	outputs := c.deploy(t, "onto", "counter-cqrs", "Store="+existing)
	read(t, "counter-cqrs").hold(t, c.proxy(t, outputs["ApiUrl"]))
	command{
		"curl -s http://" + c.proxy(t, store["ApiUrl"]) + "/streams/counter%2Fc1?limit=1 | grep -o '\"type\":\"incremented\"'", `"type":"incremented"`,
	}.expect(t)
	c.remove(t, "onto", c.proxy(t, outputs["ApiUrl"]))
}

// remove deletes a stack, and sees that nobody answers any more.
func (c cloud) remove(t *testing.T, stack, address string) {
	t.Helper()
	if _, _, err := sam.Run(t, t.TempDir(), c.server.Env(), "delete", "--no-prompts", "--stack-name", stack, "--region", ministack.Region); err != nil {
		t.FailNow() // it has told why
	}
	response, err := http.Get("http://" + address + "/counters/c1")
	if err != nil {
		t.Fatal(err)
	}
	if _ = response.Body.Close(); response.StatusCode < http.StatusBadRequest {
		t.Errorf("%s is deleted, and answers %s", stack, response.Status)
	}
}

var codeURI = regexp.MustCompile(`(CodeUri: )(\S+/)*?([\w-]+)/\n`)

// deploy deploys a stack by an example's template, with binaries built here: "sam build" would link all of them once more.
func (c cloud) deploy(t *testing.T, stack, name string, parameters ...string) (outputs map[string]string) {
	t.Helper()
	return c.deployTemplate(t, stack, filepath.Join(name, "template.yaml"), func(function string) string { return build(t, name, function) }, parameters...)
}

func (c cloud) deployTemplate(t *testing.T, stack, template string, binary func(function string) string, parameters ...string) (outputs map[string]string) {
	t.Helper()
	text, err := os.ReadFile(template)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	changed := codeURI.ReplaceAllStringFunc(string(text), func(found string) string {
		function := codeURI.FindStringSubmatch(found)[3]
		folder := filepath.Join(dir, function)
		if err := os.MkdirAll(folder, 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.Link(binary(function), filepath.Join(folder, "bootstrap")); err != nil && !os.IsExist(err) {
			t.Fatal(err)
		}
		return "CodeUri: " + folder + "\n"
	})
	path := filepath.Join(dir, "template.yaml")
	if err := os.WriteFile(path, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{
		"deploy", "--stack-name", stack, "--template-file", path, "--s3-bucket", bucket, "--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset",
		"--parameter-overrides", "Architecture=" + architecture(),
	}
	if _, _, err := sam.Run(t, dir, c.server.Env(), append(args, parameters...)...); err != nil {
		t.FailNow()
	}
	return c.outputs(t, stack)
}

// bucket is where the functions' code goes.
const bucket = "code"

func (c cloud) makeBucket(t *testing.T) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, c.server.Endpoint()+"/"+bucket, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	c.sign(t, r, "s3")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if _ = response.Body.Close(); response.StatusCode != http.StatusOK {
		t.Fatalf("make a bucket: %s", response.Status)
	}
}

// outputs are what a stack puts out, by name.
func (c cloud) outputs(t *testing.T, stack string) map[string]string {
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
func (c cloud) functions(t *testing.T, stack string) map[string]string {
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
func (c cloud) ask(t *testing.T, action, stack string, answer any) {
	t.Helper()
	form := url.Values{"Action": {action}, "StackName": {stack}, "Version": {"2010-05-15"}}.Encode()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.server.Endpoint()+"/", strings.NewReader(form))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	c.sign(t, r, "cloudformation")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		t.Fatal(err)
	}
	if err := xml.Unmarshal(text, answer); err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %s (%v)", action, response.Status, text, err)
	}
}

// invokeSamples has each sample event handled by the function whose folder its name begins with.
func (c cloud) invokeSamples(t *testing.T, stack, name string) {
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
func (c cloud) proxy(t *testing.T, apiURL string) (address string) {
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
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(emulator)
		r.Out.Host = id + ".execute-api.localhost" // the name that the emulator knows it by
		c.sign(t, r.Out, "execute-api")
	}}
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

func (c cloud) sign(t *testing.T, r *http.Request, service string) {
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

// architecture is the template's name for this machine's processor.
func architecture() string {
	if runtime.GOARCH == "arm64" {
		return "arm64"
	}
	return "x86_64"
}

// The folders of the functions are those that the templates name.
func TestEveryFunctionIsDeployed(t *testing.T) {
	t.Parallel()
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(name, "template.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		var deployed []string
		for _, found := range codeURI.FindAllStringSubmatch(string(text), -1) {
			deployed = append(deployed, filepath.Join(name, found[3], "main.go"))
		}
		slices.Sort(deployed)
		there, err := filepath.Glob(filepath.Join(name, "*", "main.go"))
		there = slices.DeleteFunc(there, func(path string) bool {
			text, err := os.ReadFile(path)
			return err == nil && !strings.Contains(string(text), "functions.Start(") // it is for the terminal
		})
		if err != nil || !slices.Equal(slices.Compact(deployed), there) {
			t.Errorf("%s deploys %v, and there are %v (%v)", name, deployed, there, err)
		}
	}
}
