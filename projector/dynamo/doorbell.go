package dynamo

import (
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
	storedynamo "github.com/aeon-es/aeon/store/dynamo"
)

// Doorbell reads a stream record of the events table, by its keys and its new image. Where the image is absent or
// can't be read as a commit, the doorbell carries none and the table has to be read; problem says so. Keys that
// can't be those of a commit are an error: the record is none of the store's.
func Doorbell(keys, newImage map[string]types.AttributeValue) (bell projector.Doorbell, problem, err error) {
	key, ok := keys["key"].(*types.AttributeValueMemberS)
	if !ok {
		return bell, nil, fmt.Errorf("stream record: key is missing or not a string")
	}
	if err := store.ValidateKey(key.Value); err != nil {
		return bell, nil, fmt.Errorf("stream record: %w", err)
	}
	number, ok := keys["revision"].(*types.AttributeValueMemberN)
	if !ok {
		return bell, nil, fmt.Errorf("stream record of key %q: revision is missing or not a number", key.Value)
	}
	revision, err := strconv.ParseUint(number.Value, 10, 53)
	if err != nil || revision == 0 {
		return bell, nil, fmt.Errorf("stream record of key %q: revision is %s, not 1 or more", key.Value, number.Value)
	}
	bell = projector.Doorbell{Key: key.Value, Revision: store.Revision(revision)}
	commit, problem := storedynamo.DecodeCommit(newImage)
	if problem == nil && (commit.Key != bell.Key || commit.Revision != bell.Revision) {
		problem = fmt.Errorf("stream record of key %q, revision %d: the image is of another commit", bell.Key, bell.Revision)
	}
	if problem != nil {
		return bell, problem, nil
	}
	bell.Revision, bell.Commit = commit.Last(), commit
	return bell, nil, nil
}
