// Command reacting is a Lambda function of a stack beside the store: a process manager, which asks for a shipment of each order that was
// placed. It takes the news of the store's bus from a queue.
package main

import (
	"strings"

	"github.com/aeon-es/aeon/functions"
	"github.com/aeon-es/aeon/functions/projecting"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

func main() { functions.Start(projecting.Project(shipping())) }

// placed is how many orders a key has placed.
type placed struct {
	Orders int `json:"orders"`
}

func shipping() projector.React[placed] {
	return projector.React[placed]{
		Name: "shipping", Keys: []string{"order/"}, Types: []string{"placed"},
		Apply: func(p *placed, e store.Committed) (*placed, []projector.Reaction, error) {
			if p == nil {
				p = &placed{}
			}
			p.Orders++
			shipment := "shipment/" + strings.TrimPrefix(e.Key, "order/")
			return p, []projector.Reaction{{Key: shipment, Events: []store.Pending{{Type: "requested"}}}}, nil
		},
	}
}
