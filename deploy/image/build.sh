#!/usr/bin/env bash
# deploy/image/build.sh: builds the two images with buildah and starts what is in them. Needs `pnpm build` before.
# The images stay in a storage of their own, under ${XDG_CACHE_HOME:-~/.cache}/tillit/image, from where they can be pushed.
set -euo pipefail
umask 022

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
repository=$(cd -- "$here/../.." && pwd)
node=$repository/deploy/local/node
work=${XDG_CACHE_HOME:-$HOME/.cache}/tillit/image
version=$(sed -n 's/^  "version": "\(.*\)",$/\1/p' "$repository/package.json")

fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

need_buildah() {
  command -v buildah > /dev/null && return
  [ "$(id -u)" = 0 ] || fail 'buildah is missing: run apt-get install buildah as root, then make image again'
  printf 'buildah is missing: installing it with apt-get\n'
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends buildah; } > /dev/null
}

# vfs and chroot need neither overlay mounts nor a container runtime, so this works inside a container too.
in_buildah() {
  buildah --root "$work/storage" --runroot "$work/run" --storage-driver vfs "$@"
}

build() {
  local target=$1
  in_buildah build --quiet --isolation chroot --target "$target" --tag "tillit/$target:$version" \
    --file "$here/Containerfile" --timestamp 0 "$work/stage" > /dev/null
  in_buildah images --format '  {{.Name}}:{{.Tag}}  {{.Size}}  {{.Digest}}' "localhost/tillit/$target:$version"
}

prove() {
  local target=$1 container
  container=$(in_buildah from "localhost/tillit/$target:$version")
  in_buildah run --isolation chroot --volume "$here/prove.mjs:/prove.mjs:ro" --env "PROVE_SEED=$2" \
    "$container" -- /usr/local/bin/node /prove.mjs "$target"
  in_buildah rm "$container" > /dev/null
}

"$node" --version > /dev/null || fail 'the pinned Node does not start: run make setup first'
case $work in */tillit/image) ;; *) fail "will not clear $work" ;; esac
need_buildah
mkdir -p -- "$(dirname -- "$work")"
exec 9> "$work.lock"
flock -n 9 || fail 'another build of the images is running'
if [ -d "$work/storage" ]; then in_buildah rm --all > /dev/null 2>&1 || true; fi
rm -rf -- "$work"
mkdir -p -- "$work"

printf 'laying out the images\n'
"$node" "$here/stage.mjs" "$work/stage" > "$work/stage.log" 2>&1 || { cat "$work/stage.log" >&2; fail 'staging failed'; }
# Whatever the umask of this clone: readable to any user, writable to none but root.
chmod -R a+rX,go-w "$work/stage/services" "$work/stage/deploy"
# A seed of the right form for a user that exists nowhere.
seed=$(cd "$repository/deploy/nats" && "$node" --input-type=module --eval \
  "import { createUser } from '@nats-io/nkeys'; process.stdout.write(createUser().getSeed())")
for target in services deploy; do
  printf 'building %s\n' "$target"
  build "$target"
  printf 'starting what is in %s\n' "$target"
  prove "$target" "$seed"
done
rm -rf -- "$work/stage"
printf 'both images are in %s/storage; push one with\n  buildah --root %q --storage-driver vfs push localhost/tillit/services:%s docker://<registry>/tillit/services:%s\n' \
  "$work" "$work/storage" "$version" "$version"
