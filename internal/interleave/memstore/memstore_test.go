package memstore_test

import (
	"testing"

	"github.com/aeon-es/aeon/internal/interleave/memstore"
	"github.com/aeon-es/aeon/store"
	"github.com/aeon-es/aeon/store/storetest"
)

// TestBackend tells the suite to the wrapper, which outside of a run is as what it wraps.
func TestBackend(t *testing.T) {
	storetest.Run(t, func(*testing.T) store.Backend { return memstore.Scheduled(memstore.New()) })
}
