package sampleevents

import (
	"bytes"
	"fmt"
)

const introduction = `# Sample events

One event for each shape that the Lambda functions take, for ` + "`sam local invoke`" + `. With DynamoDB Local on port 8000:

<!-- commands -->
` + "```" + `
aeon dev --dynamodb http://127.0.0.1:8000      # makes the tables; stop it, or let it keep the views up to date
sam build --parameter-overrides Architecture=x86_64
sam local invoke AppendFunction --event events/append.json --parameter-overrides Architecture=x86_64
sam local invoke ProjectFunction --event events/project.json --parameter-overrides Architecture=x86_64
sam local invoke QueryFunction --event events/query-row.json --parameter-overrides Architecture=x86_64
` + "```" + `

` + "`env.json`" + ` tells the functions where the tables are; samconfig.toml gives it to ` + "`sam local`" + `. A function that fails still ends with exit code 0:
look at what it prints. The files are made by ` + "`make events`" + `, but for env.json: change internal/sampleevents, not the files.
`

// readme explains each sample.
func readme() []byte {
	var b bytes.Buffer
	b.WriteString(introduction)
	function := ""
	for _, s := range All() {
		if s.Function() != function {
			function = s.Function()
			fmt.Fprintf(&b, "\n## %s\n\n| file | what it is | answer |\n|---|---|---|\n", function)
		}
		fmt.Fprintf(&b, "| [%s](%s) | %s | %s |\n", s.File, s.File, s.About, s.Answered)
	}
	return b.Bytes()
}
