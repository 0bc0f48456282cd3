package functions

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/aeon-es/aeon/internal/testenv/template"
)

// ofType are the template's resources of a type, by name.
func ofType(t *testing.T, kind string, atLeast int) map[string]*yaml.Node {
	t.Helper()
	all := template.Read(t, "Resources")
	for name, resource := range all {
		if template.Value(resource, "Type") != kind {
			delete(all, name)
		}
	}
	if len(all) < atLeast {
		t.Fatalf("the template has %d of %s", len(all), kind)
	}
	return all
}

// expectValue expects a scalar: of a property, or of the resource itself.
func expectValue(t *testing.T, resource string, n *yaml.Node, want string, path ...string) {
	t.Helper()
	if got := template.Value(n, path...); got != want {
		t.Errorf("%s: %s is %q, want %q", resource, strings.Join(path, "."), got, want)
	}
}

// The tables cost what is used, are encrypted, and what can't be made again outlives the stack, mistakes and restores.
func TestTables(t *testing.T) {
	t.Parallel()
	tables := ofType(t, "AWS::DynamoDB::Table", 3)
	for name, table := range tables {
		expectValue(t, name, table, "PAY_PER_REQUEST", "Properties", "BillingMode")
		expectValue(t, name, table, "true", "Properties", "SSESpecification", "SSEEnabled")
		key := template.At(table, "Properties", "SSESpecification", "KMSMasterKeyId")
		expectValue(t, name, template.Branch(key), "KmsKeyArn")
		keep := "Retain"
		if name == "ViewsTable" {
			keep = "Delete"
		} else {
			expectValue(t, name, table, "true", "Properties", "PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled")
			expectValue(t, name, table, "DeletionProtection", "Properties", "DeletionProtectionEnabled")
		}
		expectValue(t, name, table, keep, "DeletionPolicy")
		expectValue(t, name, table, keep, "UpdateReplacePolicy")
	}
	expectValue(t, "EventsTable", tables["EventsTable"], "NEW_IMAGE", "Properties", "StreamSpecification", "StreamViewType")
	expectValue(t, "MetadataTable", tables["MetadataTable"], "expires", "Properties", "TimeToLiveSpecification", "AttributeName")
	expectValue(t, "MetadataTable", tables["MetadataTable"], "true", "Properties", "TimeToLiveSpecification", "Enabled")
	parameters := template.Read(t, "Parameters")
	expectValue(t, "DeletionProtection", parameters["DeletionProtection"], "true", "Default")
	expectValue(t, "ApiAuth", parameters["ApiAuth"], "AWS_IAM", "Default")
	api := ofType(t, "AWS::Serverless::Api", 1)["Api"]
	expectValue(t, "Api", api, "ApiAuth", "Properties", "Auth", "DefaultAuthorizer")
}

// Each function runs on the processor that was asked for, is traced, and logs as JSON to a group of its own, which forgets in time.
func TestFunctionsOfTheTemplate(t *testing.T) {
	t.Parallel()
	globals := template.Read(t, "Globals")["Function"]
	expectValue(t, "all functions", globals, "Active", "Tracing")
	expectValue(t, "all functions", globals, "provided.al2023", "Runtime")
	logs := ofType(t, "AWS::Logs::LogGroup", 5)
	for name, function := range ofType(t, "AWS::Serverless::Function", 5) {
		group := strings.TrimSuffix(name, "Function") + "Logs"
		expectValue(t, name, function, "JSON", "Properties", "LoggingConfig", "LogFormat")
		expectValue(t, name, function, group, "Properties", "LoggingConfig", "LogGroup")
		expectValue(t, group, logs[group], "LogRetentionDays", "Properties", "RetentionInDays")
		timeout, err := strconv.Atoi(template.Value(function, "Properties", "Timeout"))
		behindAPI := slices.Contains([]string{"AppendFunction", "QueryFunction"}, name)
		if err != nil || timeout < 20 || behindAPI && timeout >= 29 {
			t.Errorf("%s: timeout %d (%v): the API waits 29 seconds, and queries up to 20", name, timeout, err)
		}
	}
	redrive := ofType(t, "AWS::SQS::Queue", 2)["RedriveQueue"]
	visible, err := strconv.Atoi(template.Value(redrive, "Properties", "VisibilityTimeout"))
	timeout, other := strconv.Atoi(template.Value(ofType(t, "AWS::Serverless::Function", 5)["RedriveFunction"], "Properties", "Timeout"))
	if err != nil || other != nil || visible < 6*timeout {
		t.Errorf("messages come again after %d s; AWS asks for six times the function's %d s", visible, timeout)
	}
}

// taggable are the types of resources that can have tags.
var taggable = []string{
	"AWS::DynamoDB::Table", "AWS::SQS::Queue", "AWS::Events::EventBus", "AWS::Serverless::Api", "AWS::IAM::Role", "AWS::Logs::LogGroup",
}

// What belongs to a store can be told by its tag, on a bill, too.
func TestTags(t *testing.T) {
	t.Parallel()
	tagged := 0
	for name, resource := range template.Read(t, "Resources") {
		if !slices.Contains(taggable, template.Value(resource, "Type")) {
			continue
		}
		tags := template.At(resource, "Properties", "Tags")
		first := tags
		if list := template.List(tags); len(list) > 0 {
			first = list[0]
		}
		if template.Value(first, "Key") != "aeon:store" && template.At(first, "aeon:store") == nil {
			t.Errorf("%s has no tag aeon:store", name)
		}
		tagged++
	}
	if globals := template.Read(t, "Globals")["Function"]; template.At(globals, "Tags", "aeon:store") == nil || tagged < 15 {
		t.Errorf("the functions have no tag aeon:store; %d others have", tagged)
	}
}

// Each alarm tells the topic, if there is one, both when it begins and when it ends.
func TestAlarmsTell(t *testing.T) {
	t.Parallel()
	for name, alarm := range ofType(t, "AWS::CloudWatch::Alarm", 20) {
		for _, property := range []string{"AlarmActions", "OKActions"} {
			actions := template.Branch(template.At(alarm, "Properties", property))
			if list := template.List(actions); len(list) != 1 || list[0].Value != "AlarmTopicArn" {
				t.Errorf("%s: %s doesn't tell AlarmTopicArn", name, property)
			}
		}
	}
}

// Other stacks import what they build on, by the stack's name, as their page says.
func TestExports(t *testing.T) {
	t.Parallel()
	outputs, page := template.Read(t, "Outputs"), textOf(t, "docs", "stacks.md")
	for _, name := range []string{
		"ApiUrl", "ApiArn", "EventsTableName", "EventsTableArn", "EventsStreamArn", "MetadataTableName", "MetadataTableArn", "ViewsTableName", "ViewsTableArn",
		"EventBusName", "EventBusArn", "RedriveQueueUrl", "RedriveDeadLetterQueueUrl",
	} {
		expectValue(t, name, outputs[name], "${AWS::StackName}-"+name, "Export", "Name")
		if !strings.Contains(page, "`"+name+"`") {
			t.Errorf("docs/stacks.md says nothing about the export %s", name)
		}
	}
	for name, output := range outputs {
		if template.Value(output, "Description") == "" {
			t.Errorf("output %s has no description", name)
		}
	}
}

// examples are values that each parameter takes, or doesn't.
var examples = map[string]struct{ good, bad []string }{
	"StoreName":     {good: []string{"", "orders", "o.r_d-3r5"}, bad: []string{"-x", "a b", strings.Repeat("x", 65), "a/b"}},
	"EventSource":   {good: []string{"aeon", "com.example/orders"}, bad: []string{"", "aws.events", "1st", "a b"}},
	"Slices":        {good: []string{"", "1", "16", "99", "199", "249", "256"}, bad: []string{"0", "257", "300", "1000", "x", "-1", "01"}},
	"EndpointUrl":   {good: []string{"", "http://127.0.0.1:4566", "https://vpce-1.dynamodb.eu-west-1.vpce.amazonaws.com"}, bad: []string{"127.0.0.1", "ftp://x", "https://a b"}},
	"AllowedOrigin": {good: []string{"", "*", "https://shop.example.com", "http://localhost:3000", "http://[::1]:3000"}, bad: []string{"shop.example.com", "https://shop.example.com/", "https://a.example.com,https://b.example.com", "https://A.example.com", "null"}},
	"AlarmTopicArn": {good: []string{"", "arn:aws:sns:eu-west-1:123456789012:alarms", "arn:aws-cn:sns:cn-north-1:123456789012:x"}, bad: []string{"alarms", "arn:aws:sqs:eu-west-1:123456789012:x", "arn:aws:sns:eu-west-1:12:x"}},
	"KmsKeyArn":     {good: []string{"", "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"}, bad: []string{"alias/x", "arn:aws:kms:eu-west-1:123456789012:alias/x"}},
}

// Every parameter says what it is for, has a default, and refuses what it can't be before anything is made.
func TestParameters(t *testing.T) {
	t.Parallel()
	for name, p := range template.Read(t, "Parameters") {
		pattern, allowed := template.Value(p, "AllowedPattern"), template.At(p, "AllowedValues")
		if template.Value(p, "Description") == "" || template.At(p, "Default") == nil {
			t.Errorf("%s: no description, or no default", name)
		}
		if template.Value(p, "Type") == "Number" {
			if allowed == nil && template.At(p, "MinValue") == nil {
				t.Errorf("%s: any number will do", name)
			}
			continue
		}
		if allowed != nil {
			continue
		}
		if pattern == "" || template.Value(p, "ConstraintDescription") == "" || len(examples[name].good) == 0 {
			t.Errorf("%s: any text will do, or it isn't said what it must be", name)
			continue
		}
		for _, text := range append(slices.Clone(examples[name].good), template.Value(p, "Default")) {
			if !matches(pattern, text) {
				t.Errorf("%s: %q is refused", name, text)
			}
		}
		for _, text := range examples[name].bad {
			if matches(pattern, text) {
				t.Errorf("%s: %q is taken", name, text)
			}
		}
	}
}

// matches says whether CloudFormation takes a text: its patterns are for the whole of it, and know (?!, which Go's don't.
func matches(pattern, text string) bool {
	if rest, ok := strings.CutPrefix(pattern, "(?!aws[.])"); ok {
		return !strings.HasPrefix(text, "aws.") && matches(rest, text)
	}
	return regexp.MustCompile("^(?:" + pattern + ")$").MatchString(text)
}
