package mapping

import (
	"bytes"
	"encoding/json"
	"slices"
)

// failures reads a response to a batch as ReportBatchItemFailures has it, and answers which of the batch's ids it names, without
// a repetition and in the order of the batch. whole says that all of the batch counts as failed: an identifier is empty, null, missing or
// none of the batch's, or the response makes no sense. Nothing at all, in whatever form, is success.
func failures(payload []byte, ids []string) (failed []string, whole bool) {
	var response struct {
		BatchItemFailures []struct {
			ItemIdentifier json.RawMessage `json:"itemIdentifier"`
		} `json:"batchItemFailures"`
	}
	payload = bytes.TrimSpace(payload)
	if len(payload) == 0 || bytes.Equal(payload, []byte("[]")) || bytes.Equal(payload, []byte(`""`)) {
		return nil, false
	}
	if err := json.Unmarshal(payload, &response); err != nil {
		return nil, true
	}
	for _, f := range response.BatchItemFailures {
		var id string
		if err := json.Unmarshal(f.ItemIdentifier, &id); err != nil || !slices.Contains(ids, id) {
			return nil, true
		}
		failed = append(failed, id)
	}
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !slices.Contains(failed, id) }), false
}
