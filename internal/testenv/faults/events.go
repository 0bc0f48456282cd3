package faults

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// putEvents is the operation of EventBridge that has failures of its own.
const putEvents = "PutEvents"

// results is the answer to PutEvents.
type results struct {
	FailedEntryCount int
	Entries          []map[string]any
}

// sendPart sends on some entries of a request, and answers that the others, one or more, failed.
func (t *Transport) sendPart(req *http.Request, body []byte) (*http.Response, error) {
	var all struct{ Entries []json.RawMessage }
	if err := json.Unmarshal(body, &all); err != nil || len(all.Entries) == 0 {
		return nil, fmt.Errorf("faults: a request without entries: %w", err)
	}
	sent, fails := t.part(all.Entries)
	var got results
	if len(sent) > 0 {
		if err := t.sendEntries(req, sent, &got); err != nil {
			return nil, err
		}
	}
	answered := results{FailedEntryCount: len(all.Entries) - len(sent) + got.FailedEntryCount}
	for _, code := range fails {
		if code != "" {
			answered.Entries = append(answered.Entries, map[string]any{"ErrorCode": code, "ErrorMessage": "on purpose"})
			continue
		}
		answered.Entries = append(answered.Entries, got.Entries[0])
		got.Entries = got.Entries[1:]
	}
	return answer(req, http.StatusOK, answered), nil
}

// part draws which entries fail, each with its code, and which are sent on.
func (t *Transport) part(entries []json.RawMessage) (sent []json.RawMessage, fails []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	fails = make([]string, len(entries))
	fails[t.rng.IntN(len(entries))] = "InternalFailure"
	for i, e := range entries {
		if fails[i] == "" && t.rng.IntN(3) == 0 {
			fails[i] = "ThrottlingException"
		}
		if fails[i] == "" {
			sent = append(sent, e)
		}
	}
	return sent, fails
}

func (t *Transport) sendEntries(req *http.Request, entries []json.RawMessage, got *results) error {
	body, err := json.Marshal(map[string]any{"Entries": entries})
	if err != nil {
		return err
	}
	part := req.Clone(req.Context())
	part.ContentLength = int64(len(body))
	resp, err := t.send(req.Context(), part, body)
	if err != nil {
		return err
	}
	err = json.NewDecoder(resp.Body).Decode(got)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		return err
	}
	if len(got.Entries) != len(entries) {
		return fmt.Errorf("faults: %s with %d of %d entries", resp.Status, len(got.Entries), len(entries))
	}
	return nil
}
