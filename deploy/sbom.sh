#!/usr/bin/env bash
# Writes what each service is made of, transitive packages included, as CycloneDX: artifacts/sbom/{service}.cdx.json.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
version=$(git describe --tags --always --dirty)
dotnet tool restore >/dev/null
for name in Gateway Portfolio Sync Wallets; do
    # What the lock file says, and nothing else.
    dotnet restore "services/$name" --locked-mode >/dev/null
    # Without a serial number, so that the same packages make the same file.
    dotnet tool run dotnet-CycloneDX -- "services/$name/$name.csproj" --disable-package-restore --no-serial-number \
        --set-name "$name" --set-version "$version" --set-type Application --output-format Json \
        --output artifacts/sbom --filename "${name,,}.cdx.json" >"artifacts/sbom-$name.log" ||
        { cat "artifacts/sbom-$name.log" >&2; exit 1; }
    rm "artifacts/sbom-$name.log"
    printf '%s: %s packages\n' "artifacts/sbom/${name,,}.cdx.json" "$(grep -c '"purl"' "artifacts/sbom/${name,,}.cdx.json")"
done
