package dynamolocal

import (
	"net"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	streamtypes "github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
)

func TestMain(m *testing.M) { Main(m) }

func TestServerAnswers(t *testing.T) {
	server := Shared(t)
	table := createTable(t, server, "answers")

	item := map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: "1"}}
	if _, err := server.Client().PutItem(t.Context(), &dynamodb.PutItemInput{TableName: table.TableName, Item: item}); err != nil {
		t.Fatal(err)
	}
	if got := streamRecords(t, server, *table.LatestStreamArn); len(got) != 1 || got[0].EventName != streamtypes.OperationTypeInsert {
		t.Errorf("the stream holds %v, want the one insert", got)
	}
}

func TestSharedIsOneServer(t *testing.T) {
	if a, b := Shared(t), Shared(t); a != b {
		t.Errorf("two shared servers: %s and %s", a.Endpoint(), b.Endpoint())
	}
}

func TestStartedServerIsEmptyAndStops(t *testing.T) {
	createTable(t, Shared(t), "elsewhere")
	var address string
	t.Run("running", func(t *testing.T) {
		server := Start(t)
		address = server.reserved.Address()
		tables, err := server.Client().ListTables(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(tables.TableNames) != 0 {
			t.Errorf("a fresh server has tables: %v", tables.TableNames)
		}
	})
	if conn, err := net.DialTimeout("tcp", address, time.Second); err == nil {
		t.Errorf("%s still answers after its test", address)
		_ = conn.Close()
	}
}

func createTable(t *testing.T, s *Server, name string) *types.TableDescription {
	t.Helper()
	created, err := s.Client().CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName:            &name,
		BillingMode:          types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("id"), AttributeType: types.ScalarAttributeTypeS}},
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("id"), KeyType: types.KeyTypeHash}},
		StreamSpecification:  &types.StreamSpecification{StreamEnabled: aws.Bool(true), StreamViewType: types.StreamViewTypeNewImage},
	})
	if err != nil {
		t.Fatal(err)
	}
	return created.TableDescription
}

// streamRecords reads the first shard of a stream from its start until a record is there.
func streamRecords(t *testing.T, s *Server, arn string) []streamtypes.Record {
	t.Helper()
	streams := s.Streams()
	stream, err := streams.DescribeStream(t.Context(), &dynamodbstreams.DescribeStreamInput{StreamArn: &arn})
	if err != nil {
		t.Fatal(err)
	}
	iterator, err := streams.GetShardIterator(t.Context(), &dynamodbstreams.GetShardIteratorInput{
		StreamArn:         &arn,
		ShardId:           stream.StreamDescription.Shards[0].ShardId,
		ShardIteratorType: streamtypes.ShardIteratorTypeTrimHorizon,
	})
	if err != nil {
		t.Fatal(err)
	}
	for next, deadline := iterator.ShardIterator, time.Now().Add(10*time.Second); time.Now().Before(deadline); {
		page, err := streams.GetRecords(t.Context(), &dynamodbstreams.GetRecordsInput{ShardIterator: next})
		if err != nil {
			t.Fatal(err)
		}
		if len(page.Records) > 0 {
			return page.Records
		}
		next = page.NextShardIterator
		time.Sleep(20 * time.Millisecond)
	}
	return nil
}
