package projector

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/aeon-es/aeon/store"
)

// Checkpoint reads what [Projector.SaveCheckpoint] has kept under a name; nil if nothing was.
func (p *Projector) Checkpoint(ctx context.Context, name string) (map[string]string, error) {
	kept, _, err := p.loadCheckpoint(ctx, name)
	return kept, err
}

// SaveCheckpoint keeps the result of change under a name, beside the rows of the views: how far somebody is who rings the projector.
// change is given what is kept, and may be called again where somebody else was first.
func (p *Projector) SaveCheckpoint(ctx context.Context, name string, change func(map[string]string) map[string]string) error {
	for range maxRefusals {
		kept, token, err := p.loadCheckpoint(ctx, name)
		if err != nil {
			return err
		}
		note, err := json.Marshal(change(kept))
		if err != nil {
			return err
		}
		done, err := p.backend.Save(ctx, Write{ID: checkpointID(name), Was: token, Next: Stored{Token: newToken(), Row: note}})
		if err != nil {
			return fmt.Errorf("save checkpoint %q: %w", name, err)
		}
		if done {
			return nil
		}
		pause(ctx)
	}
	return fmt.Errorf("save checkpoint %q: %w: others kept writing it first", name, store.ErrThrottled)
}

func checkpointID(name string) ItemID { return ItemID{Kind: NoteItem, ID: "checkpoint/" + name} }

func (p *Projector) loadCheckpoint(ctx context.Context, name string) (kept map[string]string, token string, err error) {
	notes, err := p.backend.Load(ctx, checkpointID(name))
	if err != nil {
		return nil, "", fmt.Errorf("read checkpoint %q: %w", name, err)
	}
	if notes[0].Token == "" {
		return nil, "", nil
	}
	if err := json.Unmarshal(notes[0].Row, &kept); err != nil {
		return nil, "", &store.DamagedError{Item: fmt.Sprintf("checkpoint %q", name), Problem: err.Error()}
	}
	return kept, notes[0].Token, nil
}
