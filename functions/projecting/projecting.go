// Package projecting puts together the Lambda functions that keep views up to date, for the mains of an application's functions:
//
//	func main() { functions.Start(projecting.Project(orders, customers)) }
//
// It is apart from package functions for the sake of those that need no client of SQS.
package projecting

import (
	"log/slog"
	"net/http"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/aeon-es/aeon/internal/function"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/projector/consumer"
	projectordynamo "github.com/aeon-es/aeon/projector/dynamo"
	"github.com/aeon-es/aeon/projector/queue"
	"github.com/aeon-es/aeon/store"
	storedynamo "github.com/aeon-es/aeon/store/dynamo"
)

// Project is the function that keeps the views up to date, by the stream of the events table and whatever else
// [consumer.Consumer] takes. It needs EVENTS_TABLE, VIEWS_TABLE and REDRIVE_QUEUE_URL; with a process manager among the views
// METADATA_TABLE, too.
func Project(views ...projector.Definition) (function.Handler, error) {
	w, err := newWorks(views)
	if err != nil {
		return nil, err
	}
	return w.meter.Metered(consumer.New(w.projector, w.log).Invoke), nil
}

// Redrive is the function that brings parked keys up to date, by the messages of the redrive queue. It needs what
// [Project] needs. The views are the same, too.
func Redrive(views ...projector.Definition) (function.Handler, error) {
	w, err := newWorks(views)
	if err != nil {
		return nil, err
	}
	return w.meter.Metered(function.Answering(queue.NewConsumer(w.queue, w.projector, w.log).Handle)), nil
}

// HTTP is functions.HTTP for a handler that brings views up to date itself, by [projector.Projector.CatchUp], as one whose role may
// write rows can: with REDRIVE_QUEUE_URL that queue is told of keys that are parked so.
func HTTP(handler func(*store.Store, *projector.Projector) http.Handler, views ...projector.Definition) (function.Handler, error) {
	url := os.Getenv("REDRIVE_QUEUE_URL")
	if url == "" {
		return function.HTTP(handler, nil, views)
	}
	return function.HTTP(handler, func(c aws.Config) projector.Redriver { return newQueue(c, url) }, views)
}

// works are the parts that both functions are made of.
type works struct {
	projector *projector.Projector
	queue     *queue.Queue
	meter     *function.Meter
	log       *slog.Logger
}

// newWorks puts together a projector that keeps views up to date, and what measures it.
func newWorks(views []projector.Definition) (*works, error) {
	var env function.Environment
	tables, rows, config := storedynamo.Tables{Events: env.Events()}, env.Views(), env.AWS()
	if projector.Appends(views...) {
		tables.Metadata = env.Metadata()
	}
	url := env.Need("REDRIVE_QUEUE_URL", "it is the queue of the keys that have to be redriven")
	if err := env.Err(); err != nil {
		return nil, err
	}
	client, log := dynamodb.NewFromConfig(config), function.NewLog(os.Stdout)
	s, w := function.NewStore(client, tables, log), &works{queue: newQueue(config, url), meter: function.NewMeter(os.Stdout, log), log: log}
	var err error
	w.projector, err = projector.New(s, projectordynamo.New(client, rows), &projector.Options{Redriver: w.queue, Log: log}, views...)
	if err != nil {
		return nil, err
	}
	w.meter.OfStore(s)
	w.meter.OfProjector(w.projector)
	return w, nil
}

func newQueue(config aws.Config, url string) *queue.Queue {
	return queue.New(sqs.NewFromConfig(config, func(o *sqs.Options) {
		if endpoint := function.Endpoint("SQS"); endpoint != nil {
			o.BaseEndpoint = endpoint
		}
	}), url)
}
