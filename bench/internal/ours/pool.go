package ours

import (
	"net/http"
	"time"
)

// pooled keeps a connection for each of many writers.
func pooled() *http.Client {
	return &http.Client{Transport: &http.Transport{MaxIdleConns: 256, MaxIdleConnsPerHost: 256, IdleConnTimeout: time.Minute}}
}
