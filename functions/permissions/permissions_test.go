// Package permissions_test holds the roles in template.yaml to what the functions do: it has the built functions go all their ways on
// emulators, and compares the permissions that their requests take with those that the roles give.
package permissions_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aeon-es/aeon/internal/testenv/bootstrap"
	"github.com/aeon-es/aeon/internal/testenv/dynamolocal"
	"github.com/aeon-es/aeon/internal/testenv/ministack"
	"github.com/aeon-es/aeon/internal/testenv/template"
)

func TestMain(m *testing.M) { bootstrap.Main(func() { dynamolocal.Main(m) }) }

// byAWS are permissions that AWS uses in a function's name. No request of the function's own shows them.
var byAWS = func() map[permission]string {
	const (
		stream = "Lambda reads the stream for the function's event source mapping"
		queue  = "Lambda takes messages from the queue for the function's event source mapping"
		logs   = "Lambda writes what the function prints"
		traces = "Lambda sends traces; X-Ray knows no resources"
		key    = "DynamoDB and SQS decrypt, and SQS encrypts, in the name of whoever asks them; the emulators don't encrypt"
	)
	all := map[permission]string{}
	for _, f := range []string{"Append", "Query", "Project", "Redrive", "Publish"} {
		for _, action := range []string{"logs:CreateLogStream", "logs:PutLogEvents"} {
			all[permission{f + "Function", action, f + "Logs"}] = logs
		}
		for _, action := range []string{"xray:PutTraceSegments", "xray:PutTelemetryRecords"} {
			all[permission{f + "Function", action, "*"}] = traces
		}
		all[permission{f + "Function", "kms:Decrypt", "KmsKeyArn"}] = key
	}
	for _, f := range []string{"ProjectFunction", "PublishFunction"} {
		for _, action := range []string{"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"} {
			all[permission{f, action, "EventsTable/stream"}] = stream
		}
		all[permission{f, "dynamodb:ListStreams", "EventsTable/stream/*"}] = stream
	}
	for _, action := range []string{"sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"} {
		all[permission{"RedriveFunction", action, "RedriveQueue"}] = queue
	}
	for _, f := range []string{"ProjectFunction", "RedriveFunction"} {
		all[permission{f, "kms:GenerateDataKey", "KmsKeyArn"}] = key
	}
	return all
}()

// compare says where roles and functions differ.
func compare(granted []permission, used map[permission]int, byAWS map[permission]string) (differences []string) {
	for _, p := range granted {
		if strings.Contains(p.action, "*") {
			differences = append(differences, p.String()+": a policy names its actions one by one")
		}
		if used[p] == 0 && byAWS[p] == "" {
			differences = append(differences, p.String()+" is granted, and never used")
		}
	}
	for p := range used {
		if !slices.Contains(granted, p) {
			differences = append(differences, p.String()+" is used, and not granted")
		}
	}
	for p := range byAWS {
		if !slices.Contains(granted, p) {
			differences = append(differences, p.String()+" is needed by AWS, and not granted")
		}
	}
	slices.Sort(differences)
	return differences
}

// Each function has the permissions that it uses, and no other.
func TestLeastPrivilege(t *testing.T) {
	t.Parallel()
	parsed := resources(template.Read(t, "Resources"))
	granted, err := parsed.granted()
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{MaxIdleConnsPerHost: 16}
	t.Cleanup(transport.CloseIdleConnections)
	record := &recording{next: transport, resources: map[string]string{}, used: map[permission]int{}}
	services := ministack.Start(t)
	newWorld(t, record, services, "deployed").deployed(t)
	newWorld(t, record, services, "application", "own").application(t)
	for _, err := range record.errs {
		t.Error(err)
	}
	for _, p := range slices.SortedFunc(maps.Keys(record.used), func(a, b permission) int { return strings.Compare(a.String(), b.String()) }) {
		t.Logf("%4d × %s", record.used[p], p)
	}
	for _, difference := range compare(granted, record.used, byAWS) {
		t.Error(difference)
	}
	expectNoticed(t, parsed, granted, record.used)
}

// writes are the actions by which items of a table come to be others.
var writes = []string{"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "PartiQLInsert", "PartiQLUpdate", "PartiQLDelete", "DeleteTable", "UpdateTable"}

// Nobody may update or delete events, only the append function may add any, and the query function may change nothing at all.
func TestWhoMayWrite(t *testing.T) {
	t.Parallel()
	granted, err := resources(template.Read(t, "Resources")).granted()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range granted {
		service, operation, _ := strings.Cut(p.action, ":")
		write := service == "dynamodb" && slices.Contains(writes, operation)
		if write && p.resource == "EventsTable" && (p.function != "AppendFunction" || operation != "PutItem") {
			t.Errorf("%s: events are added by the append function, and otherwise left alone", p)
		}
		if p.function == "QueryFunction" && !slices.Contains([]string{"logs", "xray", "kms"}, service) && (service != "dynamodb" || write) {
			t.Errorf("%s: queries read", p)
		}
	}
	if len(granted) < 30 {
		t.Fatal(fmt.Sprint("too little was read: ", granted))
	}
}
