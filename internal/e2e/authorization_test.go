package e2e_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/aeon-es/aeon/internal/conversation"
	"github.com/aeon-es/aeon/internal/testenv/ministack"
)

// testAuthorization has those turned away who don't sign, sign with a wrong secret, or may not call this API.
func (d *deployment) testAuthorization(t *testing.T) {
	t.Helper()
	unsigned := d.api(t, aws.Credentials{})
	wrong := d.user(t, "wrong", d.arn(t))
	wrong.SecretAccessKey += "x"
	for name, api := range map[string]conversation.Send{
		"unsigned": unsigned, "with a wrong secret": d.api(t, wrong), "by a stranger": d.api(t, d.user(t, "stranger", "")),
	} {
		for _, r := range []conversation.Request{
			{Method: http.MethodGet, Target: "/health"},
			{Method: http.MethodPost, Target: "/streams/c1", Header: map[string]string{"Content-Type": "application/json"}, Body: `{"events":[{"type":"a"}]}`},
		} {
			if a, err := api(t.Context(), r); err != nil || a.Status != http.StatusForbidden {
				t.Errorf("%s %s %s: %d %s (%v), want 403", r.Method, r.Target, name, a.Status, a.Body, err)
			}
		}
	}
}

// address takes the stack's ApiUrl apart: its host, and the path of its stage.
func (d *deployment) address(t *testing.T) (host, stage string) {
	t.Helper()
	u, err := url.Parse(d.outputs["ApiUrl"])
	if err != nil || !strings.Contains(u.Host, ".execute-api.") {
		t.Fatalf("ApiUrl is %q (%v)", d.outputs["ApiUrl"], err)
	}
	return u.Host, u.Path
}

// arn names everything that the API serves.
func (d *deployment) arn(t *testing.T) string {
	t.Helper()
	host, _ := d.address(t)
	id, _, _ := strings.Cut(host, ".")
	return "arn:aws:execute-api:" + ministack.Region + ":*:" + id + "/*"
}

// api sends requests to the deployed API, signed with these credentials, if they are any.
func (d *deployment) api(t *testing.T, credentials aws.Credentials) conversation.Send {
	t.Helper()
	host, stage := d.address(t)
	id, _, _ := strings.Cut(host, ".")
	return conversation.HTTP(d.server.Endpoint()+stage, func(r *http.Request, body string) error {
		r.Host = id + ".execute-api.localhost" // the name that the emulator knows it by
		if credentials.AccessKeyID == "" {
			return nil
		}
		return sign(r, body, "execute-api", credentials)
	})
}

func sign(r *http.Request, body, service string, credentials aws.Credentials) error {
	hash := sha256.Sum256([]byte(body))
	return v4.NewSigner().SignHTTP(r.Context(), credentials, r, hex.EncodeToString(hash[:]), service, ministack.Region, time.Now())
}

// user makes a user who may call what the ARN names, and nothing else.
func (d *deployment) user(t *testing.T, name, arn string) aws.Credentials {
	t.Helper()
	d.iam(t, "CreateUser", url.Values{"UserName": {name}}, nil)
	if arn != "" {
		policy := fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"execute-api:Invoke","Resource":%q}]}`, arn)
		d.iam(t, "PutUserPolicy", url.Values{"UserName": {name}, "PolicyName": {"call"}, "PolicyDocument": {policy}}, nil)
	}
	var made struct {
		ID     string `xml:"CreateAccessKeyResult>AccessKey>AccessKeyId"`
		Secret string `xml:"CreateAccessKeyResult>AccessKey>SecretAccessKey"`
	}
	d.iam(t, "CreateAccessKey", url.Values{"UserName": {name}}, &made)
	return aws.Credentials{AccessKeyID: made.ID, SecretAccessKey: made.Secret}
}

// allowBatches gives to the role of the redrive function what it has on AWS: there, who may do a thing in SQS may do it for
// a batch of messages, too.
func (d *deployment) allowBatches(t *testing.T) {
	t.Helper()
	var listed struct {
		Names []string `xml:"ListRolesResult>Roles>member>RoleName"`
	}
	d.iam(t, "ListRoles", url.Values{}, &listed)
	i := slices.IndexFunc(listed.Names, func(name string) bool { return strings.Contains(name, "RedriveRole") })
	if i < 0 {
		t.Fatalf("no RedriveRole: %v", listed.Names)
	}
	d.iam(t, "PutRolePolicy", url.Values{"RoleName": {listed.Names[i]}, "PolicyName": {"batches"}, "PolicyDocument": {
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sqs:ChangeMessageVisibilityBatch","Resource":"*"}]}`,
	}}, nil)
}

// iam does one thing in IAM, as the owner of the account.
func (d *deployment) iam(t *testing.T, action string, parameters url.Values, answer any) {
	t.Helper()
	parameters.Set("Action", action)
	parameters.Set("Version", "2010-05-08")
	body := parameters.Encode()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, d.server.Endpoint()+"/", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	owner, err := d.server.Config().Credentials.Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := sign(r, body, "iam", owner); err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %s (%v)", action, response.Status, text, err)
	}
	if answer == nil {
		return
	}
	if err := xml.Unmarshal(text, answer); err != nil {
		t.Fatalf("%s: %s: %v", action, text, err)
	}
}
