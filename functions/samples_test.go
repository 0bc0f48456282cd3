package functions_test

import (
	"encoding/json"
	"testing"

	"github.com/aeon-es/aeon/internal/sampleevents"
	"github.com/aeon-es/aeon/internal/testenv/dynamolocal"
	"github.com/aeon-es/aeon/internal/testenv/ministack"
)

// Every sample event is answered as events/README.md says, by the binary that gets it.
func TestSamples(t *testing.T) {
	database, emulator := dynamolocal.Start(t), ministack.Start(t)
	createTables(t, database)
	emulator.CreateBus(t, "nobody-listens")
	env := append(awsEnv(database.Endpoint()), tables...)
	env = append(env, "AWS_ENDPOINT_URL_EVENTBRIDGE="+emulator.Endpoint(), "AWS_ENDPOINT_URL_SQS="+emulator.Endpoint())
	running := map[string]*lambda{}
	for function, name := range map[string]string{
		"AppendFunction": "append", "QueryFunction": "query", "ProjectFunction": "project", "RedriveFunction": "redrive", "PublishFunction": "publish",
	} {
		running[function] = run(t, name, env...)
	}
	for range 2 { // and once more below
		running["AppendFunction"].answer(t, "append.json")
	}
	running["AppendFunction"].answer(t, "append-idempotent.json")
	for _, s := range sampleevents.All() {
		answer := running[s.Function()].answer(t, s.File)
		if wrong := s.Differs(answer); wrong != "" {
			t.Error(wrong)
		}
		if s.Want == nil && len(answer) == 0 {
			t.Errorf("%s: no answer", s.File)
		}
	}
	running["PublishFunction"].expectPrinted(t, `"EventsPublished":25`)
}

// answer has the function handle a sample event.
func (l *lambda) answer(t *testing.T, name string) []byte {
	t.Helper()
	var answer json.RawMessage
	l.invoke(t, sample(t, name), &answer)
	return answer
}
