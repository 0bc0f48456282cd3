# shellcheck shell=bash
title="DynamoDB Local"

install() {
  need_java
  need_command mvn maven
  mvn --batch-mode --quiet --file "$component/pom.xml" dependency:copy-dependencies \
    -DoutputDirectory="$dest/lib" -DincludeScope=runtime
}
