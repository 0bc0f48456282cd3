// Package bench measures Aeon on both of its databases: benchmarks only, on a file of SQLite and on DynamoDB Local.
//
//	go test -run '^$' -bench . -cpu 1 ./bench
//
// Machines differ, and so does one from hour to hour: compare figures of one run only.
package bench
