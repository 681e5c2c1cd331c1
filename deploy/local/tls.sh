# shellcheck shell=bash disable=SC2154
# Certificates of the private servers, where they speak TLS alone. Sourced by servers.sh, which sets place and the servers' users.

tls_on() { [ -e "$place/tls/ready" ]; }

# An authority of our own, and one certificate for what runs here; each server reads a key of its own.
tls_make() {
    local tls=$place/tls key=(-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc)
    tls_on && return 0
    rm -rf "$tls"
    mkdir -p "$tls"
    (
        umask 077
        openssl req -x509 "${key[@]}" -days 3650 -subj '/CN=private servers' -keyout "$tls/ca.key" -out "$tls/ca.pem"
        openssl req "${key[@]}" -subj '/CN=localhost' -keyout "$tls/server.key" -out "$tls/server.csr"
        openssl x509 -req -in "$tls/server.csr" -days 3650 -CA "$tls/ca.pem" -CAkey "$tls/ca.key" -CAcreateserial \
            -extfile <(printf 'subjectAltName=DNS:localhost,IP:127.0.0.1') -out "$tls/server.pem"
        cp "$tls/server.key" "$tls/postgres.key"
        cp "$tls/server.key" "$tls/rabbit.key"
    ) 2>"$tls/log" || { cat "$tls/log" >&2; return 1; }
    own_by "$pg_user" "$tls/postgres.key"
    own_by "$rabbit_user" "$tls/rabbit.key"
    chmod 644 "$tls/ca.pem" "$tls/server.pem"
    touch "$tls/ready"
}

tls_postgres() {
    tls_on || return 0
    printf "ssl = on\nssl_cert_file = '%s'\nssl_key_file = '%s'\n" "$place/tls/server.pem" "$place/tls/postgres.key"
}

tls_rabbit() {
    if ! tls_on; then
        echo "listeners.tcp.1 = 127.0.0.1:$AMQP_PORT"
        return
    fi
    cat <<SETTINGS
listeners.tcp = none
listeners.ssl.1 = 127.0.0.1:$AMQP_PORT
ssl_options.cacertfile = $place/tls/ca.pem
ssl_options.certfile = $place/tls/server.pem
ssl_options.keyfile = $place/tls/rabbit.key
SETTINGS
}
