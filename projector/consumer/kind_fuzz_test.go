package consumer

import (
	"testing"

	"github.com/aeon-es/aeon/store"
)

// Whatever is sent to a queue, it is a doorbell with a key that can be, or an error.
func FuzzBody(f *testing.F) {
	for _, body := range []string{
		`{"key":"c1"}`, `{"view":"counters","key":"c1","revision":7}`, `{"Records":[]}`, `null`, `{"key":{}}`,
		`{"detail-type":"a","source":"aeon","detail":{"key":"c1","revision":1}}`, `{"detail-type":"a","source":"aeon","detail":null}`,
		`{"eventSource":"aws:dynamodb","eventName":"INSERT","dynamodb":{"Keys":{"key":{"S":"c1"},"revision":{"N":"1"}},"NewImage":{"events":{"L":[]}}}}`,
		`{"eventSource":"aws:dynamodb","eventName":"REMOVE","dynamodb":null}`,
	} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		bell, news, err := fromBody(body)
		switch {
		case err != nil && news:
			t.Errorf("news and an error: %v", err)
		case news && store.ValidateKey(bell.Key) != nil:
			t.Errorf("the key %q can't be", bell.Key)
		case bell.Commit != nil:
			t.Error("it carries a commit")
		}
	})
}
