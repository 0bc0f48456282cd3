# shellcheck shell=bash
title="Lambda base image"

install() {
  if real_image_is_there; then
    return
  fi
  [ "$(uname)" = Linux ] || fail "the image $(image) can be neither found nor pulled: is the container engine running, and online?"
  stand_in
}

# image prints the name of the image that SAM runs functions of the runtime provided.al2023 in.
image() {
  case $(uname -m) in
    arm64 | aarch64) echo public.ecr.aws/lambda/provided:al2023-arm64 ;;
    *) echo public.ecr.aws/lambda/provided:al2023-x86_64 ;;
  esac
}

# The real image is asked of an engine that runs anyway. One that the tests start has nothing in it.
real_image_is_there() {
  docker_answers && { docker image inspect "$(image)" || docker pull "$(image)"; }
}

# ldd fails on a static program.
static_busybox() { command -v busybox && ! ldd "$(command -v busybox)"; }

# stand_in makes what the tests import under the image's name where the real one is not to be had: the
# folders, a shell for SAM's own additions, and certificates. It suits static binaries, as ours are.
stand_in() {
  static_busybox || apt_install busybox-static
  [ -e /etc/ssl/certs/ca-certificates.crt ] || apt_install ca-certificates
  local root=$dest/root applet
  mkdir -p "$root"/{bin,etc/ssl/certs,etc/pki/tls/certs,tmp,opt,var/task,var/runtime,var/rapid}
  chmod 1777 "$root/tmp"
  cp "$(command -v busybox)" "$root/bin/busybox"
  for applet in cat chmod cp env ls mkdir mv rm sh; do
    ln -s busybox "$root/bin/$applet"
  done
  cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
  ln -s /etc/ssl/certs/ca-certificates.crt "$root/etc/pki/tls/certs/ca-bundle.crt"
  echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
  tar --create --owner=0 --group=0 --file "$dest/stand-in.tar" --directory "$root" .
  rm -r "$root"
}
