#!/bin/sh
# For maintainers: makes lit.js again from npm. Nobody who installs or runs Assure needs Node.
#   sh messenger/web/vendor/rebuild.sh 3.3.3
set -eu
version=${1:?which version of lit?}
esbuild=0.28.2
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent "lit@$version" "esbuild@$esbuild"
cat >entry.js <<'JS'
export { LitElement, html, svg, css, nothing } from "lit";
export { repeat } from "lit/directives/repeat.js";
export { classMap } from "lit/directives/class-map.js";
export { ref, createRef } from "lit/directives/ref.js";
export { live } from "lit/directives/live.js";
JS
npx esbuild entry.js --bundle --minify --format=esm --target=es2021 --legal-comments=none \
  --banner:js="/* lit $version, Copyright Google LLC, BSD-3-Clause: see LICENSE */" --outfile=lit.js
cp node_modules/lit/LICENSE "$here/LICENSE"
cp lit.js "$here/lit.js"
sum=$(sha256sum lit.js | cut -d' ' -f1)
cat >"$here/VENDOR.json" <<JSON
{
  "lit.js": {
    "package": "lit",
    "version": "$version",
    "licence": "BSD-3-Clause",
    "built_with": "esbuild $esbuild",
    "sha256": "$sum"
  }
}
JSON
