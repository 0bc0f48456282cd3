package webhook

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
)

const (
	secret   = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	envelope = `{"id":"e1","source":"aeon","detail-type":"shipped","detail":{"id":"01A","key":"order/de/1","revision":2,"type":"shipped"}}`
)

// pair is a sender and the receiver it sends to.
func pair(t *testing.T, secretThere string) (*Sender, *Receiver) {
	t.Helper()
	receiver, err := NewReceiver(secretThere)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(receiver)
	t.Cleanup(server.Close)
	sender, err := NewSender(server.URL, secret)
	if err != nil {
		t.Fatal(err)
	}
	return sender, receiver
}

func TestWhatComesTwiceCountsOnce(t *testing.T) {
	t.Parallel()
	sender, receiver := pair(t, secret)
	for range 2 {
		if err := sender.Send(t.Context(), []byte(envelope)); err != nil {
			t.Error(err)
		}
	}
	// EventBridge's own id is another each time.
	if err := sender.Send(t.Context(), []byte(strings.Replace(envelope, "e1", "e2", 1))); err != nil {
		t.Error(err)
	}
	if got := receiver.State(); !reflect.DeepEqual(got.Received, []string{"order/de/1@2 shipped"}) {
		t.Errorf("received %+v", got)
	}
}

func TestWhatIsRefusedComesAgain(t *testing.T) {
	t.Parallel()
	sender, receiver := pair(t, secret)
	receiver.GoAway(true)
	if err := sender.Send(t.Context(), []byte(envelope)); err == nil {
		t.Error("it counts as delivered while the receiver is away")
	}
	if got := receiver.State(); len(got.Refused) != 1 || len(got.Received) != 0 {
		t.Errorf("away: %+v", got)
	}
	receiver.GoAway(false)
	if err := sender.Send(t.Context(), []byte(envelope)); err != nil {
		t.Error(err)
	}
	if got := receiver.State(); len(got.Refused) != 0 || len(got.Received) != 1 {
		t.Errorf("back: %+v", got)
	}
}

func TestOnlyWhatIsSignedIsTaken(t *testing.T) {
	t.Parallel()
	sender, receiver := pair(t, "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")
	if err := sender.Send(t.Context(), []byte(envelope)); err == nil || !strings.Contains(err.Error(), "401") {
		t.Errorf("signed by another secret: %v", err)
	}
	w := httptest.NewRecorder()
	receiver.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", strings.NewReader(envelope)))
	if w.Code != http.StatusUnauthorized {
		t.Errorf("not signed: %d", w.Code)
	}
	if got := receiver.State(); len(got.Received) != 0 {
		t.Errorf("received %+v", got)
	}
}

// A redirect is no way to have a delivery signed for one place arrive at another.
func TestRedirectsAreFailures(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.RedirectHandler("http://127.0.0.1:1/", http.StatusTemporaryRedirect))
	defer server.Close()
	sender, err := NewSender(server.URL, secret)
	if err != nil {
		t.Fatal(err)
	}
	if err := sender.Send(t.Context(), []byte(envelope)); err == nil || !strings.Contains(err.Error(), "307") {
		t.Errorf("redirected: %v", err)
	}
}

// What failed comes again, and nothing else; the log has neither the URL, nor the secret, nor data.
func TestDeliver(t *testing.T) {
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewJSONHandler(&log, nil)))
	defer slog.SetDefault(before)
	sender, err := NewSender("http://127.0.0.1:1/hook?token=classified", secret)
	if err != nil {
		t.Fatal(err)
	}
	send := func(ctx context.Context, envelope []byte) error {
		if strings.Contains(string(envelope), `"01B"`) {
			return nil
		}
		return sender.Send(ctx, envelope)
	}
	one := strings.Replace(envelope, `"type"`, `"data":{"item":"classified"},"type"`, 1)
	got, err := Deliver(send)(t.Context(), events.SQSEvent{Records: []events.SQSMessage{
		{MessageId: "m1", Body: one}, {MessageId: "m2", Body: strings.Replace(one, "01A", "01B", 1)}, {MessageId: "m3", Body: "no entry"},
	}})
	want := []events.SQSBatchItemFailure{{ItemIdentifier: "m1"}, {ItemIdentifier: "m3"}}
	if err != nil || !reflect.DeepEqual(got.BatchItemFailures, want) {
		t.Errorf("to come again: %+v (%v), want %+v", got, err, want)
	}
	if text := log.String(); !strings.Contains(text, "01A") || strings.Contains(text, "classified") || strings.Contains(text, strings.TrimPrefix(secret, "whsec_")) {
		t.Errorf("the log is\n%s", text)
	}
}

func TestBadSettings(t *testing.T) {
	t.Parallel()
	for url, secret := range map[string]string{"": secret, "example.com": secret, "ftp://example.com": secret, "https://example.com": "", "https://example.com/x": "no base64!"} {
		if _, err := NewSender(url, secret); err == nil || secret != "" && strings.Contains(err.Error(), secret) {
			t.Errorf("url %q, secret %q: %v", url, secret, err)
		}
	}
	if _, err := NewReceiver("no base64!"); err == nil {
		t.Error("a receiver without a secret")
	}
}
