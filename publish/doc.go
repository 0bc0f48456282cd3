// Package publish hands events on to an Amazon EventBridge bus, where rules send them to whoever wants them: each event
// as one entry, at least once. [Consumer] is the Lambda function's side of it, behind the stream of the events table;
// [Publisher.Replay] publishes again what a store has from some position on.
//
// # What an entry looks like
//
// Source is "aeon" unless said otherwise, the detail type is the event's type, the time is the commit's, and the detail is
//
//	{"id":"01M86D79RGDQ8N5XJ7W9R20000","key":"order/7","revision":1,"position":"01M86D79RGDQ8N5XJ7W9R20000",
//	 "committedAt":"2026-11-24T09:12:07.184Z","type":"order-placed","correlationId":"r-1","metadata":{},"data":{}}
//
// without correlationId, metadata and data where the event has none. An entry that EventBridge would not take, since it
// is too large or holds what EventBridge can't read, goes without data and says "dataOmitted": true; where
// that isn't enough it goes without metadata, too, and says "metadataOmitted": true. The store has them.
//
// # At least once
//
// An event counts as published when EventBridge has said so. Until then it is tried again, so it may be there twice; id,
// which is the event's position, is the same each time. (The envelope that EventBridge puts around it has
// an id of its own, which differs.) The events of a key are sent one behind the other, as they were committed, and of one
// request up to ten may be under way; an entry that failed is sent again behind its neighbours. EventBridge itself
// promises no order: who needs it goes by revision.
package publish
