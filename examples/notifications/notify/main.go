// Command notify is the function that posts entries of the event bus to a webhook, by the messages of a queue between the two. It knows
// nothing of Aeon.
package main

import (
	"context"
	"errors"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/aeon-es/aeon/examples/notifications/webhook"
)

func main() {
	slog.SetDefault(slog.New(slog.NewJSONHandler(os.Stdout, nil)))
	sender, err := newSender(context.Background(), os.Getenv("WEBHOOK_URL"), os.Getenv("WEBHOOK_SECRET_ARN"))
	if err != nil {
		slog.Error("the function can't start", "error", err)
		os.Exit(1)
	}
	lambda.Start(webhook.Deliver(sender.Send))
}

// newSender fetches the secret, once: it is in no variable of the function, which more people may read.
func newSender(ctx context.Context, url, secretARN string) (*webhook.Sender, error) {
	if url == "" || secretARN == "" {
		return nil, errors.New("WEBHOOK_URL and WEBHOOK_SECRET_ARN have to be set")
	}
	c, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, err
	}
	secret, err := secretsmanager.NewFromConfig(c).GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &secretARN})
	if err != nil {
		return nil, err
	}
	if secret.SecretString == nil {
		return nil, errors.New("the secret is no text")
	}
	return webhook.NewSender(url, *secret.SecretString)
}
