// Package functions puts the platform's Lambda functions together: what the mains in the folders below start, with
// the default application's views, and what the mains of an application of one's own start, with its own:
//
//	func main() { functions.Start(functions.Query(orders, customers)) }
//	func main() { functions.Start(functions.HTTP(shop.Handler, orders, customers)) }
//
// Those that need clients of SQS and EventBridge are in the packages [github.com/aeon-es/aeon/functions/projecting] and
// [github.com/aeon-es/aeon/functions/publishing], so that the others start without.
//
// A function is told what it works on by its environment:
//
//	EVENTS_TABLE, METADATA_TABLE, VIEWS_TABLE   names of tables; each function says which it needs
//	SLICES, POSITION_INDEX                      how a new store is created: 1 to 256, true or false
//	ALLOWED_ORIGINS                             the origins of web pages whose scripts append and query let in, with commas; none if absent
//	STORE_NAME                                  the store's name in metrics; "aeon" if absent
//	REDRIVE_QUEUE_URL                           the queue of the keys that have to be redriven
//	EVENT_BUS, EVENT_SOURCE                     where events are published to, and as whose: "aeon" if absent
//	AWS_ENDPOINT_URL                            another address of AWS, such as that of DynamoDB Local
//	AWS_ENDPOINT_URL_SQS                        another one for SQS alone
//	AWS_ENDPOINT_URL_EVENTBRIDGE                another one for EventBridge alone
//	AWS_LAMBDA_LOG_LEVEL                        DEBUG, INFO, WARN or ERROR; INFO if absent
//
// Region and credentials are those that Lambda provides. Clients are made once, before the first event.
package functions
