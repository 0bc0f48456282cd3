// Package streamevent is what the Lambda functions behind the stream of the events table share: reading the batch of
// records that Lambda hands over, and answering which of them have to come again.
package streamevent
