#!/usr/bin/env bash
# Brings the page's four libraries from npm into this folder, as the browser takes them: no bundler, no build.
#
#   ./fetch.sh [FOLDER]   into FOLDER, or beside this script; afterwards compare with SHA256SUMS
#
# What is brought is pinned by version and by npm's own hash. Bare imports become relative ones, since the page's policy forbids the
# inline script that an import map is.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
to=${1:-$here}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# package PACKAGE VERSION INTEGRITY FILE NAME
package() {
    local archive hash
    archive=$(cd "$work" && npm pack --silent "$1@$2" | tail -n 1)
    hash=sha512-$(openssl dgst -sha512 -binary "$work/$archive" | openssl base64 -A)
    [ "$hash" = "$3" ] || { echo "$1@$2 is not what it was: $hash" >&2; exit 1; }
    tar -xzf "$work/$archive" -C "$work"
    sed -e 's#from *"preact"#from"./preact.js"#g' -e 's#from *"preact/hooks"#from"./hooks.js"#g' \
        -e 's#from *"@preact/signals-core"#from"./signals-core.js"#g' -e '/^\/\/# sourceMappingURL=/d' "$work/package/$4" >"$to/$5"
    rm -rf "$work/package"
}

package preact 11.2.0 sha512-/HfHI/7N84e6GrWBJ3J280z3mLaRJiDcSvj/A+y/4AbLnND/1UlGHe1sR6oYuTGwId0nP7dqDU9OnLxMPZ7xBg== dist/preact.mjs preact.js
package preact 11.2.0 sha512-/HfHI/7N84e6GrWBJ3J280z3mLaRJiDcSvj/A+y/4AbLnND/1UlGHe1sR6oYuTGwId0nP7dqDU9OnLxMPZ7xBg== hooks/dist/hooks.mjs hooks.js
package htm 3.1.1 sha512-983Vyg8NwUE7JkZ6NmOqpCZ+sh1bKv2iYTlUkzlWmA5JD2acKoxd4KVxbMmxX/85mtfdnDmTFoNKcg5DGAvxNQ== dist/htm.mjs htm.js
package @preact/signals-core 1.14.5 sha512-vcRv7Ityz5JVmeiVqIluLFzT/PDS/AlhHUpw3/aUWqcVUs6bDGIPXE/6RSC4evBNWYvnniozg5Syfj33al3gkg== dist/signals-core.mjs signals-core.js
package @preact/signals 2.11.4 sha512-Rb+5RPo9gWSaHtzJeauhHxiC8KP/IF2DEPkHPEOGOnuy2wnJzRqyeLRankUCYd6ADqtxS6GnWGv6Ie343d8aYw== dist/signals.mjs signals.js
package uplot 1.6.32 sha512-KIMVnG68zvu5XXUbC4LQEPnhwOxBuLyW1AHtpm6IKTXImkbLgkMy+jabjLgSLMasNuGGzQm/ep3tOkyTxpiQIw== dist/uPlot.iife.min.js uplot.js
package uplot 1.6.32 sha512-KIMVnG68zvu5XXUbC4LQEPnhwOxBuLyW1AHtpm6IKTXImkbLgkMy+jabjLgSLMasNuGGzQm/ep3tOkyTxpiQIw== dist/uPlot.min.css uplot.css
