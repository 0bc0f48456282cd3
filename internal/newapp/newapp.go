// Package newapp makes an application of one's own: a module with an aggregate, views, functions, the template that deploys
// them, tests, and what else belongs to it. What it deploys is the platform's own template, with one function more.
package newapp

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"text/template"

	"github.com/aeon-es/aeon"
	"github.com/aeon-es/aeon/store"
)

// App is the application to be made.
type App struct {
	// Name is that of its command and its stack.
	Name string
	// Module is the path of its Go module; empty means the name.
	Module string
	// Version is the version of Aeon that it uses.
	Version string
	// Replace is a folder that Aeon is taken from instead; empty for none.
	Replace string
}

var (
	appName    = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)
	modulePath = regexp.MustCompile(`^[a-zA-Z0-9_~-][a-zA-Z0-9._~-]*(/[a-zA-Z0-9_~-][a-zA-Z0-9._~-]*)*$`)
)

// validate says what can't be, and fills in what may be left out.
func (a *App) validate() error {
	if !appName.MatchString(a.Name) {
		return &store.InvalidError{Field: "NAME", Problem: fmt.Sprintf("%q is not 1 to 40 of a-z, 0-9 and \"-\", the first a letter", a.Name)}
	}
	if a.Module == "" {
		a.Module = a.Name
	}
	if !modulePath.MatchString(a.Module) {
		return &store.InvalidError{Field: "module", Problem: fmt.Sprintf("%q is no path of a Go module, such as example.com/me/shop", a.Module)}
	}
	if a.Replace != "" {
		if _, err := os.Stat(filepath.Join(a.Replace, "go.mod")); err != nil {
			return &store.InvalidError{Field: "replace", Problem: fmt.Sprintf("%q is no folder of a Go module: %v", a.Replace, err)}
		}
	}
	return nil
}

//go:embed files
var files embed.FS

// Where files go whose names are others in the application.
var renamed = map[string]string{
	"gitignore": ".gitignore",
	"ci.yaml":   ".github/workflows/ci.yaml",
}

// Make writes the application into a folder, which isn't there yet or empty.
func Make(folder string, a App) error {
	if err := a.validate(); err != nil {
		return err
	}
	entries, err := os.ReadDir(folder)
	switch {
	case err == nil && len(entries) > 0:
		return &store.InvalidError{Field: "folder", Problem: fmt.Sprintf("%s is there already and not empty: give another name, or remove it", folder)}
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	}
	made, err := a.files()
	if err != nil {
		return err
	}
	for name, text := range made {
		to := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil { //nolint:gosec // source code, which others may read
			return err
		}
		if err := os.WriteFile(to, text, 0o644); err != nil { //nolint:gosec // likewise
			return err
		}
	}
	return nil
}

// files are the application's files, by their names.
func (a *App) files() (map[string][]byte, error) {
	made, err := a.platformFiles()
	if err != nil {
		return nil, err
	}
	err = fs.WalkDir(files, "files", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		parsed, err := template.New(name).Delims("[[", "]]").Option("missingkey=error").Parse(string(text))
		if err != nil {
			return err
		}
		var filled bytes.Buffer
		if err := parsed.Execute(&filled, a); err != nil {
			return err
		}
		made[a.place(name)] = filled.Bytes()
		return nil
	})
	return made, err
}

// place is where a file goes.
func (a *App) place(name string) string {
	name = strings.TrimSuffix(strings.TrimPrefix(name, "files/"), ".tmpl")
	if to, ok := renamed[name]; ok {
		return to
	}
	if rest, ok := strings.CutPrefix(name, "cmd/app/"); ok {
		return path.Join("cmd", a.Name, rest)
	}
	return name
}

// change is a change to one of the platform's files: what is there once comes to be something else.
type change struct{ file, from, to string }

// changes make the application's files of the platform's.
func (a *App) changes() []change {
	return []change{
		{"template.yaml", "Description: >-\n  Aeon: an event store on DynamoDB,", "Description: >-\n  " + a.Name + ", on Aeon: an event store on DynamoDB,"},
		{"template.yaml", "  # A role for each function,", commandsFunction + "  # A role for each function,"},
		{"samconfig.toml", `stack_name = "aeon"`, `stack_name = "` + a.Name + `"`},
		{"samconfig.toml", `stack_name = "aeon-dev"`, `stack_name = "` + a.Name + `-dev"`},
		{"samconfig.toml", `stack_name = "aeon-prod"`, `stack_name = "` + a.Name + `-prod"`},
		{"samconfig.toml", `the stack "aeon",`, `the stack "` + a.Name + `",`},
		{"samconfig.toml", `"aeon-dev": `, `"` + a.Name + `-dev": `},
		{"samconfig.toml", `"aeon-prod": `, `"` + a.Name + `-prod": `},
		{"samconfig.toml", "`aeon dev --dynamodb", "`go run ./cmd/" + a.Name + " dev --dynamodb"},
		{"functions/build/functions.mk", "build-PublishFunction: function := publish\n", "build-PublishFunction: function := publish\nbuild-CommandsFunction: function := commands\n"},
		{"functions/build/functions.mk", "build-RedriveFunction build-PublishFunction\n", "build-RedriveFunction build-PublishFunction build-CommandsFunction\n"},
		{"functions/build/functions.mk", "build-RedriveFunction build-PublishFunction:\n", "build-RedriveFunction build-PublishFunction build-CommandsFunction:\n"},
	}
}

// commandsFunction is the function that the application has more than the platform.
const commandsFunction = `  # The application's own requests. It reads and appends events as AppendFunction does, and so has its role and its logs.
  CommandsFunction:
    Type: AWS::Serverless::Function
    Metadata:
      BuildMethod: makefile
      ContextPath: !Sub functions/build/${Architecture}
      WorkingDirectory: .
    Properties:
      Description: Decides on the application's commands.
      CodeUri: functions/commands/
      ReservedConcurrentExecutions: !If [Reserved, !Ref ReservedConcurrency, !Ref AWS::NoValue]
      Role: !GetAtt AppendRole.Arn
      Timeout: 25
      LoggingConfig: { LogFormat: JSON, LogGroup: !Ref AppendLogs }
      Environment:
        Variables:
          METADATA_TABLE: !Ref MetadataTable
          SLICES: !Ref Slices
          POSITION_INDEX: !Ref PositionIndex
      Events:
        Command: { Type: Api, Properties: { RestApiId: !Ref Api, Method: POST, Path: "/commands/{proxy+}" } }

`

// platformFiles are those that deploy the platform, with the changes.
func (a *App) platformFiles() (map[string][]byte, error) {
	made := map[string][]byte{}
	err := fs.WalkDir(aeon.Files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			made[name], err = aeon.Files.ReadFile(name)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, c := range a.changes() {
		text := string(made[c.file])
		if n := strings.Count(text, c.from); n != 1 {
			return nil, fmt.Errorf("%s has %q %d times, not once", c.file, c.from, n)
		}
		made[c.file] = []byte(strings.Replace(text, c.from, c.to, 1))
	}
	return made, nil
}
