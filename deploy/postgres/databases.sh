#!/usr/bin/env bash
# One database and one role for each service, so that a service reaches its own data only. Runs when the server's data
# is first made; run again, it makes what is missing and gives every role the password of the environment.
set -euo pipefail

for name in wallets sync portfolio; do
    password=${name^^}_DATABASE_PASSWORD
    [ -n "${!password:-}" ] || { echo "$password is missing" >&2; exit 1; }
    # By the environment: a command line can be read by others.
    NAME=$name PASSWORD=${!password} psql -X -q -v ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres <<'SQL'
\getenv name NAME
\getenv password PASSWORD
set log_statement = 'none';
set log_min_error_statement = 'panic';
select format('create role %I', :'name') where not exists (select from pg_roles where rolname = :'name') \gexec
alter role :"name" login password :'password';
select format('create database %I owner %I', :'name', :'name') where not exists (select from pg_database where datname = :'name') \gexec
revoke all on database :"name" from public;
SQL
done
psql -X -q -v ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres -c 'revoke connect on database postgres, template1 from public'
