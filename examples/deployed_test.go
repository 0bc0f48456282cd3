package examples_test

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aeon-es/aeon/internal/testenv/ministack"
	"github.com/aeon-es/aeon/internal/testenv/sam"
)

// existing is the stack of a store that examples are deployed onto, and onto those that are: one for each way from a store to what an
// example does with it. Their keys are apart.
const existing = "aeon"

var onto = []string{"counter-cqrs", "leaderboard", "notifications"}

// One after another, each example is built and deployed by the commands of its README, does over HTTP what is said there, and is deleted. So are
// some onto a store that another stack has.
func TestDeployed(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	built := buildAll(t)
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			c.use(t, name, name, built[name].wait(t))
			c.invokeSamples(t, name, name)
			c.remove(t, name)
		})
	}
	t.Run("onto a store", func(t *testing.T) {
		store := c.deploy(t, existing, built[existing].wait(t), "DeletionProtection=false")
		for _, name := range onto {
			t.Run(name, func(t *testing.T) {
				c.use(t, name, "onto-"+name, built[name].wait(t), "Store="+existing)
			})
		}
		command{
			"curl -s http://" + c.proxy(t, store["ApiUrl"]) + "/streams/counter%2Fc1?limit=1 | grep -o '\"type\":\"incremented\"'", `"type":"incremented"`,
		}.expect(t)
		for _, name := range onto {
			c.remove(t, "onto-"+name)
		}
	})
	// Those of the store stay, as its template says.
	if left := slices.DeleteFunc(c.remains(t), func(name string) bool { return strings.HasPrefix(name, existing+"-") }); len(left) > 0 {
		t.Errorf("after all of them were deleted, there are the tables and queues %v", left)
	}
}

// architecture is the templates' name for this machine's processor.
var architecture = map[string]string{"amd64": "x86_64", "arm64": "arm64"}[runtime.GOARCH]

// build is an example that the CLI builds, or has built, into a folder.
type build struct {
	folder string
	done   chan struct{}
	err    error
}

// wait gives the folder once it is built.
func (b *build) wait(t *testing.T) string {
	t.Helper()
	if <-b.done; b.err != nil {
		t.Fatal(b.err)
	}
	return b.folder
}

// buildAll has the CLI build one example after another, and then the store, while those that are built are deployed already.
func buildAll(t *testing.T) map[string]*build {
	t.Helper()
	// The binaries have to run in any image, and are smaller without what a debugger wants.
	session, dir := sam.Open(t, []string{"CGO_ENABLED=0", `GOFLAGS="-ldflags=-s -w" -tags=lambda.norpc`}), t.TempDir()
	all := map[string]*build{}
	for _, name := range append(slices.Clone(names), existing) {
		all[name] = &build{folder: filepath.Join(dir, name), done: make(chan struct{})}
	}
	var building sync.WaitGroup
	building.Go(func() {
		for _, name := range append(slices.Clone(names), existing) {
			from, b := name, all[name]
			if name == existing {
				from = ".."
			}
			_, b.err = session.Run(t, from, "build", "--build-dir", b.folder, "--parameter-overrides", "Architecture="+architecture)
			close(b.done)
		}
	})
	t.Cleanup(building.Wait)
	return all
}

// deploy deploys what was built into a folder, and gives the stack's outputs.
func (c *cloud) deploy(t *testing.T, stack, folder string, parameters ...string) (outputs map[string]string) {
	t.Helper()
	args := []string{
		"deploy", "--stack-name", stack, "--template-file", filepath.Join(folder, "template.yaml"), "--s3-bucket", bucket, "--capabilities", "CAPABILITY_IAM",
		"--no-confirm-changeset", "--parameter-overrides", "Architecture=" + architecture,
	}
	if _, err := c.session.Run(t, folder, append(args, parameters...)...); err != nil {
		t.FailNow() // it has told why
	}
	return c.outputs(t, stack)
}

// use deploys an example, and does with it what its README says.
func (c *cloud) use(t *testing.T, name, stack, folder string, parameters ...string) {
	t.Helper()
	if name != "notifications" {
		read(t, name).hold(t, c.proxy(t, c.deploy(t, stack, folder, parameters...)["ApiUrl"]))
		return
	}
	n := notify(t, c)
	outputs := c.deploy(t, stack, folder, append(n.parameters(), parameters...)...)
	n.queue = outputs["WarehouseQueueUrl"]
	read(t, name).hold(t, serve(t, n.beside(t, c.forward(t, outputs["ApiUrl"]))))
}

// remove deletes a stack, and sees that nobody answers any more.
func (c *cloud) remove(t *testing.T, stack string) {
	t.Helper()
	address := c.proxy(t, c.outputs(t, stack)["ApiUrl"])
	if _, err := c.session.Run(t, t.TempDir(), "delete", "--no-prompts", "--stack-name", stack, "--region", ministack.Region); err != nil {
		t.FailNow()
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
			return err == nil && !strings.Contains(string(text), "functions.Start(") && !strings.Contains(string(text), "lambda.Start(") // it is for the terminal
		})
		if err != nil || !slices.Equal(slices.Compact(deployed), there) {
			t.Errorf("%s deploys %v, and there are %v (%v)", name, deployed, there, err)
		}
	}
}

// What runs an example on one machine is in none of its functions.
func TestFunctionsAreWithoutTheDatabase(t *testing.T) {
	t.Parallel()
	args := []string{"list", "-deps", "-tags", "lambda.norpc"}
	for _, name := range names {
		mains, err := filepath.Glob(filepath.Join(name, "*", "main.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range mains {
			if folder := filepath.Dir(path); filepath.Base(folder) != "tell" { // which is for the terminal
				args = append(args, "./"+folder)
			}
		}
	}
	out, err := exec.Command("go", args...).Output()
	if err != nil {
		t.Fatal(err)
	}
	for name := range strings.Lines(string(out)) {
		for _, banned := range []string{"modernc.org/sqlite", "/store/sqlite", "/projector/sqlite", "/notifications/bus", "/aeon/dev"} {
			if strings.Contains(name, banned) {
				t.Errorf("a function has %s in it", name)
			}
		}
	}
}
