package port

import (
	"net"
	"testing"
)

func TestReservedPortIsOfferedOnce(t *testing.T) {
	r, err := Reserve()
	if err != nil {
		t.Fatal(err)
	}
	if second, err := reserve(r.Number); err == nil {
		t.Errorf("port %d was given away twice", second.Number)
	}
	if err := r.Release(); err != nil {
		t.Fatal(err)
	}
	again, err := reserve(r.Number)
	if err != nil {
		t.Fatalf("a released port can't be reserved again: %v", err)
	}
	if err := again.Release(); err != nil {
		t.Error(err)
	}
}

func TestReservedPortCanBeListenedOn(t *testing.T) {
	r, err := Reserve()
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := r.Release(); err != nil {
			t.Error(err)
		}
	}()
	listener, err := net.Listen("tcp", r.Address())
	if err != nil {
		t.Fatal(err)
	}
	if err := free(r.Number); err == nil {
		t.Errorf("port %d counts as free while a server listens on it", r.Number)
	}
	if err := listener.Close(); err != nil {
		t.Error(err)
	}
}
