# shellcheck shell=bash
title="DynamoDB Local"

install() {
  need_java
  need_command mvn maven
  # --update-snapshots: ask again for what could not be had the last time.
  mvn --batch-mode -Dstyle.color=never --quiet --update-snapshots --file "$component/pom.xml" dependency:copy-dependencies \
    -DoutputDirectory="$dest/lib" -DincludeScope=runtime
}
