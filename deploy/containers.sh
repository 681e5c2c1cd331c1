# shellcheck shell=bash disable=SC2154
# What demo.sh and check.sh have in common. Sourced; root and the array env_files are set before use.

# What the shell happens to say must not reach into another project's data.
unset COMPOSE_FILE COMPOSE_PROJECT_NAME COMPOSE_PROFILES COMPOSE_ENV_FILES CHAINS_FILE PRICES_FILE GATEWAY_ADDRESS GATEWAY_PORT GATEWAY_PROXY FRONT_NETWORK PUBLIC_URL VERSION

compose() {
    local file options=()
    for file in "${env_files[@]}"; do options+=(--env-file "$file"); done
    # Nothing is read from this terminal or from a caller's loop.
    docker compose -f "$root/deploy/docker-compose.yml" "${options[@]}" "$@" </dev/null
}

url() { echo "http://$(compose port "$1" 8080)"; }

ask_simulator() { compose exec -T simulator dotnet ChainSimulator.dll ask "$@"; }

# admin_key COMMAND --email ADDRESS: create-admin or new-admin-key.
admin_key() { compose exec -T wallets dotnet Wallets.dll "$@"; }
