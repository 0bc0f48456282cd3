// Package counting counts what a contender sends to DynamoDB: requests, bytes of their bodies, and the units that AWS bills for
// them. It stands between as a proxy, so that any client can be counted, in any language.
package counting

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/aeon-es/aeon/internal/testenv/recorder"
)

// Count is what some requests came to.
type Count struct {
	Requests int `json:"requests"`
	// Operations are the requests, by their names, in their order.
	Operations []string `json:"operations"`
	Sent       int      `json:"sent"`     // bytes of bodies
	Received   int      `json:"received"` // bytes of bodies
	WriteUnits float64  `json:"writeUnits"`
	ReadUnits  float64  `json:"readUnits"`
}

// Proxy is a proxy before a DynamoDB. Close it.
type Proxy struct {
	// Endpoint is where it answers.
	Endpoint string

	record *recorder.Recorder
	server *http.Server
	tables *tables
}

// NewProxy starts a proxy before target, such as http://127.0.0.1:8000; client asks the same DynamoDB.
func NewProxy(ctx context.Context, target string, client *dynamodb.Client) (*Proxy, error) {
	to, err := url.Parse(target)
	if err != nil {
		return nil, err
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{
		Endpoint: "http://" + listener.Addr().String(),
		record:   recorder.New(&http.Transport{MaxIdleConnsPerHost: 256}),
		tables:   &tables{client: client, known: map[string]*table{}},
	}
	p.record.MeasureCapacity(true)
	p.server = &http.Server{
		ReadHeaderTimeout: time.Minute,
		Handler: &httputil.ReverseProxy{
			Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(to); r.Out.Host = r.In.Host },
			Transport: p.record,
		},
	}
	go func() { _ = p.server.Serve(listener) }() // until it is closed
	return p, nil
}

// Close stops the proxy.
func (p *Proxy) Close() error { return p.server.Close() }

// Take counts the requests answered since the last Take.
func (p *Proxy) Take(ctx context.Context) (Count, error) {
	var c Count
	for _, r := range p.record.Take() {
		if r.Err != nil {
			return Count{}, fmt.Errorf("count %s: %w", r.Operation, r.Err)
		}
		c.Requests++
		c.Operations = append(c.Operations, r.Operation)
		c.Sent += len(r.Body)
		c.Received += len(r.Response)
		write, read, err := p.tables.units(ctx, &r)
		if err != nil {
			return Count{}, err
		}
		c.WriteUnits += write
		c.ReadUnits += read
	}
	return c, nil
}
