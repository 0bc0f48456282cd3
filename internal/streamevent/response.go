package streamevent

// Response tells Lambda which records, or messages of a queue, to deliver again. The event source mapping has to be set to
// ReportBatchItemFailures, or Lambda takes every response for a success.
type Response struct {
	// BatchItemFailures is empty, and not null, where all went well. Otherwise it holds each message of a
	// queue that failed, but only one record of a stream: Lambda goes back to the lowest there is anyway, and delivers that
	// record and all behind it.
	BatchItemFailures []Failure `json:"batchItemFailures"`
}

// Failure is a record or a message that has to be delivered again.
type Failure struct {
	// ItemIdentifier is the record's sequence number, or the message's id.
	ItemIdentifier string `json:"itemIdentifier"`
}

// Passed is the response where no record has to come again.
func Passed() Response { return Response{BatchItemFailures: []Failure{}} }

// Again is the response where the record of that sequence number has to come again, and all behind it.
func Again(sequenceNumber string) Response {
	return Response{BatchItemFailures: []Failure{{ItemIdentifier: sequenceNumber}}}
}
