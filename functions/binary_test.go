package functions_test

import (
	"debug/elf"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/aeon-es/aeon/internal/testenv/bootstrap"
)

// all are the functions.
var all = []string{"append", "query", "project", "redrive", "publish"}

const maxBinary = 10 << 20

// Each binary is small, has no symbols, needs no library of the image that it runs in, and is for the processor asked for.
func TestBinaries(t *testing.T) {
	for architecture, machine := range map[string]elf.Machine{"arm64": elf.EM_AARCH64, "x86_64": elf.EM_X86_64} {
		for _, function := range all {
			t.Run(function+" for "+architecture, func(t *testing.T) {
				path := bootstrap.FunctionFor(t, function, architecture)
				info, err := os.Stat(path)
				if err != nil {
					t.Fatal(err)
				}
				t.Logf("%.2f MB", float64(info.Size())/(1<<20))
				if info.Size() > maxBinary {
					t.Errorf("%d bytes, the limit is %d", info.Size(), maxBinary)
				}
				file, err := elf.Open(path)
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = file.Close() }()
				if file.Machine != machine {
					t.Errorf("for %s, want %s", file.Machine, machine)
				}
				if libraries, err := file.ImportedLibraries(); err != nil || len(libraries) > 0 {
					t.Errorf("needs %v (%v)", libraries, err)
				}
				if file.Section(".symtab") != nil || file.Section(".debug_info") != nil {
					t.Error("has symbols")
				}
			})
		}
	}
}

const (
	clientOfSQS         = "github.com/aws/aws-sdk-go-v2/service/sqs"
	clientOfEventBridge = "github.com/aws/aws-sdk-go-v2/service/eventbridge"
)

// unwanted are packages that no function needs, and those that one function doesn't: whatever is linked is initialised at
// every cold start.
var unwanted = map[string][]string{
	"": {
		"modernc.org/sqlite", "database/sql", "github.com/aeon-es/aeon/internal/sqlitedb", "github.com/aeon-es/aeon/store/sqlite",
		"github.com/aeon-es/aeon/projector/sqlite", "github.com/aws/aws-sdk-go-v2/config", "net/rpc", "testing",
	},
	"append":  {clientOfSQS, clientOfEventBridge, "github.com/aeon-es/aeon/publish", "github.com/aeon-es/aeon/projector/queue"},
	"query":   {clientOfSQS, clientOfEventBridge, "github.com/aeon-es/aeon/publish", "github.com/aeon-es/aeon/projector/queue"},
	"project": {clientOfEventBridge, "github.com/aeon-es/aeon/publish"},
	"redrive": {clientOfEventBridge, "github.com/aeon-es/aeon/publish"},
	"publish": {clientOfSQS, "github.com/aeon-es/aeon/projector/queue"},
}

// needed are what each function is known to need: the check looks at what is linked.
var needed = map[string]string{
	"append": "github.com/aeon-es/aeon/api", "query": "github.com/aeon-es/aeon/api",
	"project": clientOfSQS, "redrive": clientOfSQS, "publish": clientOfEventBridge,
}

// What a function doesn't need must not be linked into it.
func TestDependencies(t *testing.T) {
	for _, function := range all {
		out, err := exec.Command("go", "list", "-deps", "-tags", "lambda.norpc", "./"+function).CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		deps := strings.Fields(string(out))
		if !slices.Contains(deps, needed[function]) {
			t.Fatalf("%s is not linked into %s: go list answered %s", needed[function], function, out)
		}
		for _, dep := range deps {
			if slices.Contains(unwanted[""], dep) || slices.Contains(unwanted[function], dep) || strings.HasPrefix(dep, "github.com/aeon-es/aeon/internal/testenv") {
				t.Errorf("%s is linked into %s", dep, function)
			}
		}
	}
}
