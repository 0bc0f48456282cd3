package dynamo

import (
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/aeon-es/aeon/internal/streamevent"
	"github.com/aeon-es/aeon/projector"
)

// Doorbell reads a stream record of the events table, by its keys and its new image. Where the image is absent or
// can't be read as a commit, the doorbell carries none and the table has to be read; problem says so. Keys that
// can't be those of a commit are an error: the record is none of the store's.
func Doorbell(keys, newImage map[string]types.AttributeValue) (bell projector.Doorbell, problem, err error) {
	change, err := streamevent.Read(keys, newImage)
	return projector.Doorbell{Key: change.Key, Revision: change.Last(), Commit: change.Commit}, change.Problem, err
}
