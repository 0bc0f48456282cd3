package main_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/aeon-es/aeon/internal/conversation"
	"github.com/aeon-es/aeon/internal/testenv/ministack"
	"github.com/aeon-es/aeon/internal/testenv/sam"
	"github.com/aeon-es/aeon/internal/testenv/toolsdir"
)

// offline has Go take all from what is on this machine.
var offline = []string{"GOPROXY=off", "GOFLAGS=-mod=mod", "GOWORK=off"}

// newcomer is who made an application and follows its README.
type newcomer struct {
	folder string // of the application
}

func (n *newcomer) do(t *testing.T, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir, cmd.Env = n.folder, append(os.Environ(), offline...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

func (n *newcomer) sam(t *testing.T, env []string, args ...string) string {
	t.Helper()
	out, _, err := sam.Run(t, n.folder, append(env, offline...), args...)
	if err != nil {
		t.FailNow() // it has told why
	}
	return out
}

// "aeon init shop" makes an application that is tested, run, built and deployed as its README says.
func TestInit(t *testing.T) {
	t.Parallel()
	root, err := toolsdir.Root()
	if err != nil {
		t.Fatal(err)
	}
	// On a fresh machine there is only what this system's build needs, and an application's module asks for all.
	download := exec.CommandContext(t.Context(), "go", "mod", "download")
	download.Dir = root
	if out, err := download.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", download, err, out)
	}
	n := &newcomer{folder: t.TempDir()}
	told := n.do(t, binary, "init", "shop", "--module", "example.com/me/shop", "--replace", root)
	n.folder = filepath.Join(n.folder, "shop")
	if !strings.Contains(told, "shop is there") || strings.Contains(told, "go mod tidy") {
		t.Errorf("aeon init says\n%s", told)
	}
	if ugly := n.do(t, "gofmt", "-l", "."); ugly != "" {
		t.Errorf("gofmt would change %s", ugly)
	}
	// Each is compiled as this test itself, or what is deployed, was already.
	n.do(t, "go", "vet", "-race", "./...")
	n.do(t, "go", "test", "-race", "./...")
	n.do(t, "env", "CGO_ENABLED=0", "go", "build", "-trimpath", "-o", "bin/shop", "./cmd/shop")
	t.Run("in one process", func(t *testing.T) { t.Parallel(); n.runInOneProcess(t) })
	t.Run("deployed", func(t *testing.T) { t.Parallel(); n.deploy(t) })
}

// runInOneProcess is "go run ./cmd/shop dev".
func (n *newcomer) runInOneProcess(t *testing.T) {
	p := startDev(t, filepath.Join(n.folder, "bin", "shop"), "--db", ":memory:")
	buy(t, conversation.HTTP(p.url, nil))
	p.stop(t)
}

// buy places an order and pays it, and sees that in both views.
func buy(t *testing.T, send conversation.Send) {
	t.Helper()
	for _, step := range []struct {
		method, target, body string
		status               int
		want                 string
	}{
		{http.MethodPost, "/commands/orders/1/place", `{"customer":"kim","total":4200}`, http.StatusOK, `{"key":"order/1","revision":1}`},
		{http.MethodPost, "/commands/orders/1/place", `{"customer":"kim","total":4200}`, http.StatusConflict, "placed already"},
		{http.MethodPost, "/commands/orders/1/pay", "", http.StatusOK, `"revision":2`},
		{http.MethodGet, "/streams/order%2F1", "", http.StatusOK, `"type":"order-paid"`},
		{http.MethodGet, "/views/orders/order%2F1?revision=2", "", http.StatusOK, `"status":"paid"`},
		{http.MethodGet, "/views/customers/kim?after=order%2F1%402", "", http.StatusOK, `"row":{"orders":1,"spent":4200}`},
	} {
		for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(50 * time.Millisecond) {
			a, err := send(t.Context(), conversation.Request{
				Method: step.method, Target: step.target, Body: step.body, Header: map[string]string{"Content-Type": "application/json"},
			})
			if err == nil && a.Status == step.status && strings.Contains(a.Body, step.want) {
				break
			}
			if a.Status != http.StatusAccepted || time.Now().After(deadline) {
				t.Fatalf("%s %s: %d %s, %v; want %d %s", step.method, step.target, a.Status, a.Body, err, step.status, step.want)
			}
		}
	}
}

// deploy is "sam build && sam deploy", on an emulator.
func (n *newcomer) deploy(t *testing.T) {
	architecture := "Architecture=x86_64"
	if runtime.GOARCH == "arm64" {
		architecture = "Architecture=arm64"
	}
	n.sam(t, nil, "build", "--parameter-overrides", architecture)
	server := ministack.Start(t)
	n.sam(t, server.Env(), "deploy", "--no-confirm-changeset", "--parameter-overrides", architecture)
	var outputs []struct{ OutputKey, OutputValue string }
	text := n.sam(t, server.Env(), "list", "stack-outputs", "--stack-name", "shop", "--output", "json")
	if err := json.Unmarshal([]byte(text), &outputs); err != nil {
		t.Fatal(err)
	}
	id := ""
	for _, o := range outputs {
		if o.OutputKey == "ApiUrl" {
			id, _, _ = strings.Cut(strings.TrimPrefix(o.OutputValue, "https://"), ".")
		}
	}
	buy(t, conversation.HTTP(server.Endpoint()+"/v1", func(r *http.Request, body string) error {
		r.Host = id + ".execute-api.localhost" // the name that the emulator knows it by
		hash := sha256.Sum256([]byte(body))
		credentials := aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}
		return v4.NewSigner().SignHTTP(r.Context(), credentials, r, hex.EncodeToString(hash[:]), "execute-api", ministack.Region, time.Now())
	}))
	n.invokeSamples(t, server)
}

// invokeSamples calls the deployed functions with the sample events.
func (n *newcomer) invokeSamples(t *testing.T, server *ministack.Server) {
	t.Helper()
	text := n.sam(t, server.Env(), "list", "resources", "--stack-name", "shop", "--output", "json")
	var resources []struct{ LogicalResourceID, PhysicalResourceID string }
	if err := json.Unmarshal([]byte(text), &resources); err != nil {
		t.Fatal(err)
	}
	functions := map[string]string{}
	for _, r := range resources {
		functions[r.LogicalResourceID] = r.PhysicalResourceID
	}
	for _, sample := range []struct{ function, file, want string }{
		{"CommandsFunction", "place.json", `"statusCode": 200`},
		{"ProjectFunction", "project.json", `{"view": "orders", "revision": 1}`},
		{"QueryFunction", "read-order.json", `"statusCode": 200`},
	} {
		event, err := os.ReadFile(filepath.Join(n.folder, "events", sample.file))
		if err != nil {
			t.Fatal(err)
		}
		answer, err := server.Invoke(t.Context(), functions[sample.function], event)
		if err != nil || !strings.Contains(string(answer), sample.want) {
			t.Errorf("%s with %s: %s, %v", sample.function, sample.file, answer, err)
		}
	}
}
