package streamevent

import (
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/aeon-es/aeon/store"
	storedynamo "github.com/aeon-es/aeon/store/dynamo"
)

// Change is what a stream record tells: that a commit came to be.
type Change struct {
	Key      string
	Revision store.Revision // of the commit's first event
	Commit   *store.Commit  // nil where the record carries none that can be read: the table has it
	Problem  error          // why Commit is nil
}

// Last is the last revision that it is known to tell of.
func (c Change) Last() store.Revision {
	if c.Commit != nil {
		return c.Commit.Last()
	}
	return c.Revision
}

// Read reads a stream record of the events table, by its keys and its new image. Keys that can't be those of a commit
// are an error: the record is none of the store's.
func Read(keys, newImage map[string]types.AttributeValue) (Change, error) {
	key, ok := keys["key"].(*types.AttributeValueMemberS)
	if !ok {
		return Change{}, fmt.Errorf("stream record: key is missing or not a string")
	}
	if err := store.ValidateKey(key.Value); err != nil {
		return Change{}, fmt.Errorf("stream record: %w", err)
	}
	number, ok := keys["revision"].(*types.AttributeValueMemberN)
	if !ok {
		return Change{}, fmt.Errorf("stream record of key %q: revision is missing or not a number", key.Value)
	}
	revision, err := strconv.ParseUint(number.Value, 10, 53)
	if err != nil || revision == 0 {
		return Change{}, fmt.Errorf("stream record of key %q: revision is %s, not 1 or more", key.Value, number.Value)
	}
	c := Change{Key: key.Value, Revision: store.Revision(revision)}
	c.Commit, c.Problem = storedynamo.DecodeCommit(newImage)
	if c.Problem == nil && (c.Commit.Key != c.Key || c.Commit.Revision != c.Revision) {
		c.Commit, c.Problem = nil, fmt.Errorf("stream record of key %q, revision %d: the image is of another commit", c.Key, c.Revision)
	}
	return c, nil
}
