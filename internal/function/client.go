package function

import (
	"context"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

const (
	// connections that stay open: the projector has that many requests under way at once.
	connections = 16
	// answersWithin bounds the wait for one answer of DynamoDB, which takes milliseconds. A connection that died unnoticed
	// while the function was frozen must not use up the time of a whole invocation.
	answersWithin = 5 * time.Second
)

func httpClient() *awshttp.BuildableClient {
	return awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		t.MaxIdleConnsPerHost = connections
		t.ResponseHeaderTimeout = answersWithin
	})
}

// fixed are credentials that hold as long as the function's process: Lambda starts another with new ones.
type fixed aws.Credentials

func (f fixed) provider() aws.CredentialsProvider {
	return aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return aws.Credentials(f), nil })
}
