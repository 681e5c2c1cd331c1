#!/usr/bin/env bash
# Makes deploy/.env of .env.example with fresh secrets; what an existing one says is kept, so it only adds what is missing.
#
#   make-env.sh [FILE]    FILE: another place than deploy/.env
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
file=${1:-$here/.env}
command -v openssl >/dev/null || { echo "openssl is missing" >&2; exit 1; }

secret() {
    case $1 in
        *_PASSWORD) openssl rand -hex 24 ;;
        *_KEY) openssl ecparam -genkey -name prime256v1 -noout | openssl pkcs8 -topk8 -nocrypt -outform DER | openssl base64 -A ;;
    esac
}

umask 077
{
    while IFS= read -r line; do
        name=${line%%=*}
        if ! [[ $line =~ ^[A-Z_]+= ]]; then printf '%s\n' "$line"
        elif kept=$(grep -m 1 "^$name=." "$file" 2>/dev/null); then printf '%s\n' "$kept"
        elif [ "$line" = "$name=" ]; then printf '%s=%s\n' "$name" "$(secret "$name")"
        else printf '%s\n' "$line"; fi
    done <"$here/.env.example"
    # What was added by hand, but for a default of older releases: no proxy ever comes from there into a container.
    if [ -e "$file" ]; then
        grep -vE "^(#|$|($(sed -n 's/^\([A-Z_]*\)=.*/\1/p' "$here/.env.example" | paste -sd '|'))=|GATEWAY_PROXY=127\.0\.0\.1$)" "$file" || true
    fi
} >"$file.new"
mv "$file.new" "$file"
echo "the secrets are in $file; keep a copy in a safe place"
