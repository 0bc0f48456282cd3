package ministack

import (
	"net"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

func TestServerAnswersAndStops(t *testing.T) {
	var address string
	t.Run("running", func(t *testing.T) {
		server := Start(t)
		address = server.reserved.Address()
		if _, err := dynamodb.NewFromConfig(server.Config()).ListTables(t.Context(), nil); err != nil {
			t.Error(err)
		}
	})
	if conn, err := net.DialTimeout("tcp", address, time.Second); err == nil {
		t.Errorf("%s still answers after its test", address)
		_ = conn.Close()
	}
}

func TestInvokeOfWhatIsNotDeployed(t *testing.T) {
	_, err := Start(t).Invoke(t.Context(), "nothing", nil)
	if err == nil || !strings.Contains(err.Error(), "invoke nothing: 404") {
		t.Errorf("Invoke: %v, want a 404 naming the function", err)
	}
}
