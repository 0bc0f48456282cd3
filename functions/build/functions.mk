# How `sam build` makes a function's binary. template.yaml names the Makefile beside this one that suits the
# processor, and has make run in the root of the repository.
#
# Static, without symbols and without the RPC mode of the retired go1.x runtime: half the size, and a faster start.
# Nothing of the commit or the machine gets in, so that what didn't change isn't deployed again.

build-AppendFunction: function := append
build-QueryFunction: function := query
build-ProjectFunction: function := project
build-RedriveFunction: function := redrive
build-PublishFunction: function := publish

.PHONY: build-AppendFunction build-QueryFunction build-ProjectFunction build-RedriveFunction build-PublishFunction
build-AppendFunction build-QueryFunction build-ProjectFunction build-RedriveFunction build-PublishFunction:
	GOOS=linux GOARCH=$(GOARCH) CGO_ENABLED=0 go build -buildvcs=false -trimpath -tags lambda.norpc -ldflags '-s -w' \
	  -o "$(ARTIFACTS_DIR)/bootstrap" ./functions/$(function)
