package dynamo

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"hash/fnv"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/aeon-es/aeon/internal/dynamotable"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// rankIndex is the index that lists rows by rank. It is sparse: rows without a rank don't cost anything.
const rankIndex = "byRank"

// createRankIndex shows whole rows.
func createRankIndex() types.GlobalSecondaryIndex {
	return types.GlobalSecondaryIndex{
		IndexName:  aws.String(rankIndex),
		KeySchema:  dynamotable.KeySchema(shard, rank),
		Projection: &types.Projection{ProjectionType: types.ProjectionTypeAll},
	}
}

// Its key, which rows without a rank don't have.
const (
	shard = "_shard" // the view, its version, and one of its shards
	rank  = "_rank"  // the place: the rank, U+0000, and the id, shortened where it is long
)

// shards is how many partitions of the index the rows of one version of a view are spread over, by their ids, so that writing
// to one view isn't held to the 1,000 units a second of one partition. It is part of the stored format.
const shards = 8

// shardOf names the partition of the index that a row belongs to: as in "counters#1#5".
func shardOf(id projector.ItemID) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id.ID)) // it never fails
	return shardName(id.View, id.Version, int(h.Sum32()%shards))
}

func shardName(view string, version, n int) string { return fmt.Sprintf("%s#%d#%d", view, version, n) }

// A sort key has at most 1,024 bytes, of which the longest rank leaves 511 to the id. A longer id stands with as much of it as
// shortID says, and a digest of all of it.
const (
	maxPlace = 1024
	longID   = maxPlace - projector.MaxRank - 1
	shortID  = 400
)

// placeOf is where a row stands in its shard, and among those of all shards. A rank has no U+0000 and an id no control
// character, so that of two places the one with the lower rank comes first.
func placeOf(rank, id string) string {
	if len(id) > longID {
		cut := shortID
		for !utf8.RuneStart(id[cut]) {
			cut--
		}
		digest := sha256.Sum256([]byte(id))
		id = id[:cut] + base64.RawURLEncoding.EncodeToString(digest[:16])
	}
	return rank + "\x00" + id
}

// encodeRank adds to the item i of a row what puts it into the index.
func encodeRank(id projector.ItemID, s projector.Stored, i item) {
	if s.Rank != "" {
		i[shard] = stringValue(shardOf(id))
		i[rank] = stringValue(placeOf(s.Rank, id.ID))
	}
}

// decodeRank reads the rank out of an item; none if it has none.
func decodeRank(i item) (string, error) {
	if i[rank] == nil {
		return "", nil
	}
	place, ok := i[rank].(*types.AttributeValueMemberS)
	if !ok {
		return "", fmt.Errorf("%s is not a string", rank)
	}
	value, _, ok := strings.Cut(place.Value, "\x00")
	if !ok || value == "" {
		return "", fmt.Errorf("%s is no place", rank)
	}
	return value, nil
}

// validatePlace says whether DynamoDB takes a place as one to go on behind.
func validatePlace(place string, longest int) error {
	if place == "" || len(place) > longest || !utf8.ValidString(place) {
		return &store.InvalidError{Field: "after", Problem: "is no place in a list"}
	}
	return nil
}
