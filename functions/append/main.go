// Command append is the Lambda function that appends events: POST /streams/{key}.
package main

import "github.com/aeon-es/aeon/functions"

func main() { functions.Start(functions.Append()) }
