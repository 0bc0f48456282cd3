package conversation

import (
	"slices"
	"strconv"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// ExpectTable expects a table of events to hold what the platform has said to have stored: no more and no less.
func (k *Talk) ExpectTable(t *testing.T, client *dynamodb.Client, table string) {
	t.Helper()
	var got []commit
	pages := dynamodb.NewScanPaginator(client, &dynamodb.ScanInput{TableName: &table})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range page.Items {
			got = append(got, commitOf(t, item))
		}
	}
	slices.SortFunc(got, compare)
	if want := k.commits(); !slices.Equal(got, want) {
		t.Errorf("table %s holds\n  %+v\nwant\n  %+v", table, got, want)
	}
}

func commitOf(t *testing.T, item map[string]types.AttributeValue) commit {
	t.Helper()
	key, _ := item["key"].(*types.AttributeValueMemberS)
	revision, _ := item["revision"].(*types.AttributeValueMemberN)
	events, _ := item["events"].(*types.AttributeValueMemberL)
	if key == nil || revision == nil || events == nil {
		t.Fatalf("no commit: %v", item)
	}
	n, err := strconv.ParseUint(revision.Value, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return commit{key: key.Value, revision: n, count: len(events.Value)}
}
