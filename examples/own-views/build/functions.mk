# How `sam build` makes a function's binary: template.yaml names the Makefile beside this one that suits the processor.

build-ProjectFunction: function := project
build-QueryFunction: function := query
build-RedriveFunction: function := redrive

.PHONY: build-ProjectFunction build-QueryFunction build-RedriveFunction
build-ProjectFunction build-QueryFunction build-RedriveFunction:
	GOOS=linux GOARCH=$(GOARCH) CGO_ENABLED=0 go build -buildvcs=false -trimpath -tags lambda.norpc -ldflags '-s -w' \
	  -o "$(ARTIFACTS_DIR)/bootstrap" ./$(function)
