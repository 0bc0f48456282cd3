package lambda

import (
	"fmt"
	"path/filepath"
	"time"
)

// Region is the region that functions are told.
const Region = "us-east-1"

const account = "123456789012"

// arn is the function's.
func (c Config) arn() string {
	return fmt.Sprintf("arn:aws:lambda:%s:%s:function:%s", Region, account, c.Name)
}

// environment is what Lambda sets for a custom runtime, and then the function's own variables. Nothing of the test's.
func (c Config) environment(key, api string) []string {
	root := filepath.Dir(c.Bootstrap)
	return append([]string{
		"AWS_LAMBDA_RUNTIME_API=" + api,
		"AWS_LAMBDA_FUNCTION_NAME=" + c.Name,
		fmt.Sprintf("AWS_LAMBDA_FUNCTION_MEMORY_SIZE=%d", c.Memory),
		"AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
		"AWS_LAMBDA_INITIALIZATION_TYPE=on-demand",
		"AWS_LAMBDA_LOG_FORMAT=JSON",
		"AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/" + c.Name,
		"AWS_LAMBDA_LOG_STREAM_NAME=" + time.Now().UTC().Format("2006/01/02") + "/[$LATEST]" + key,
		"AWS_REGION=" + Region,
		"AWS_DEFAULT_REGION=" + Region,
		"AWS_ACCESS_KEY_ID=" + key,
		"AWS_SECRET_ACCESS_KEY=secret",
		"AWS_SESSION_TOKEN=token",
		"AWS_XRAY_CONTEXT_MISSING=LOG_ERROR",
		"_HANDLER=bootstrap",
		"LAMBDA_TASK_ROOT=" + root,
		"LAMBDA_RUNTIME_DIR=" + root,
		"LANG=en_US.UTF-8",
		"PATH=/usr/local/bin:/usr/bin/:/bin:/opt/bin",
		"TZ=:UTC",
	}, c.Env...)
}
