// Command notifications runs the example on one machine, with a page to try it: go run ./examples/notifications
package main

import (
	"context"
	"crypto/rand"
	_ "embed"
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"html/template"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/aeon-es/aeon/api"
	"github.com/aeon-es/aeon/examples/internal/page"
	"github.com/aeon-es/aeon/examples/notifications/bus"
	"github.com/aeon-es/aeon/examples/notifications/order"
	"github.com/aeon-es/aeon/examples/notifications/webhook"
	"github.com/aeon-es/aeon/store"
	"github.com/aeon-es/aeon/store/sqlite"
)

//go:embed page.html
var body template.HTML

//go:embed template.yaml
var deployed []byte

// redeliver is how long a delivery that failed waits, as the queue's visibility timeout on AWS.
const redeliver = time.Second

func main() {
	listen := flag.String("listen", "127.0.0.1:8080", "`address` to serve on")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, *listen)
	stop()
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run puts together in one process what template.yaml deploys.
func run(ctx context.Context, listen string) error {
	events, err := sqlite.Open(":memory:")
	if err != nil {
		return err
	}
	defer func() { _ = events.Close() }()
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", listen)
	if err != nil {
		return err
	}
	random := make([]byte, 24)
	_, _ = rand.Read(random) // it never fails
	secret := base64.StdEncoding.EncodeToString(random)
	receiver, err := webhook.NewReceiver(secret)
	if err != nil {
		return err
	}
	sender, err := webhook.NewSender("http://"+listener.Addr().String()+"/webhook", secret)
	if err != nil {
		return err
	}
	rules, err := bus.Rules(deployed)
	if err != nil {
		return err
	}
	running, ctx := errgroup.WithContext(ctx)
	var warehouse bus.Inbox
	b, err := bus.New(rules, map[string]bus.Target{
		"WarehouseQueue": warehouse.Put,
		"WebhookQueue": func(envelope []byte) {
			running.Go(func() error { insist(ctx, sender, envelope); return nil })
		},
	})
	if err != nil {
		return err
	}
	server := &http.Server{Handler: handler(store.New(events), &warehouse, receiver), ReadHeaderTimeout: 10 * time.Second}
	running.Go(func() error { return b.Follow(ctx, events) })
	running.Go(func() error { return server.Serve(listener) })
	running.Go(func() error { <-ctx.Done(); return server.Close() })
	_, _ = fmt.Fprintf(os.Stderr, "Serving http://%s. Stop it with Ctrl-C.\n", listener.Addr())
	if err := running.Wait(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// insist sends an entry until it has arrived.
func insist(ctx context.Context, sender *webhook.Sender, envelope []byte) {
	for {
		err := sender.Send(ctx, envelope)
		if err == nil {
			return
		}
		slog.Warn("not delivered, it comes again", "error", err)
		select {
		case <-time.After(redeliver):
		case <-ctx.Done():
			return
		}
	}
}

// handler serves the page, the two APIs, and what is at the ends of the rules.
func handler(s *store.Store, warehouse http.Handler, receiver *webhook.Receiver) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /", page.Handler(page.Page{
		Title: "notifications", Idea: "Rules on the event bus tell a queue and a webhook what happened, by keys and types of events.", Body: body,
	}))
	mux.Handle("GET /streams/", api.New(s, nil, nil))
	mux.Handle("POST /orders/", order.Commands(s))
	mux.Handle("GET /orders/", order.Queries(s, nil))
	mux.Handle("GET /warehouse", warehouse)
	mux.Handle("POST /webhook", receiver)
	console := webhook.Console(receiver)
	mux.Handle("GET /receiver", console)
	mux.Handle("POST /receiver/", console)
	return mux
}
