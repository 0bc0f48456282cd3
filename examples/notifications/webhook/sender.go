package webhook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// timeout is how long a receiver may take for one delivery.
const timeout = 4 * time.Second

// Sender posts entries to a URL. Make it with [NewSender]; safe for concurrent use.
type Sender struct {
	url    string
	signer *standardwebhooks.Webhook
	client *http.Client
}

// NewSender makes a sender that signs by a secret: base64, with or without "whsec_" before it.
func NewSender(to, secret string) (*Sender, error) {
	u, err := url.Parse(to)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, errors.New("the webhook's URL is no URL such as https://example.com/hook")
	}
	signer, err := standardwebhooks.NewWebhook(secret)
	if err != nil || secret == "" {
		return nil, errors.New("the webhook's secret is not base64") // the cause might quote it
	}
	return &Sender{to, signer, &http.Client{
		Timeout: timeout,
		// What was signed for one place is not for another.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Send posts an entry as it came from the bus, once. An error says that it isn't known to have arrived: send it again.
func (s *Sender) Send(ctx context.Context, envelope []byte) error {
	entry, err := Parse(envelope)
	if err != nil {
		return err
	}
	now := time.Now()
	signature, err := s.signer.Sign(entry.ID, now, envelope)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, bytes.NewReader(envelope))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(standardwebhooks.HeaderWebhookID, entry.ID)
	r.Header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(now.Unix(), 10))
	r.Header.Set(standardwebhooks.HeaderWebhookSignature, signature)
	response, err := s.client.Do(r)
	if err != nil {
		if cause, ok := errors.AsType[*url.Error](err); ok {
			err = cause.Err // without the URL, in which there may be a token
		}
		return fmt.Errorf("%s, event %s: %w", entry, entry.ID, err)
	}
	defer func() { _ = response.Body.Close() }()
	_, _ = io.CopyN(io.Discard, response.Body, 4<<10) // so that the connection can be used again
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return fmt.Errorf("%s, event %s: the receiver answers %s", entry, entry.ID, response.Status)
	}
	return nil
}
