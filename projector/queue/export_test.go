package queue

// Longest is the most that a message waits that has failed for the n-th time.
var Longest, Backoff = longest, backoff

// Wait has failed messages wait for as many seconds as f says.
func (c *Consumer) Wait(f func(n int) int32) { c.wait = f }
