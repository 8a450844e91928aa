#!/bin/bash
# Run once, when the data folder is new: one database and one role for each service, which can enter no other.
# Passwords come from the environment, and psql quotes them.
set -euo pipefail

for service in auth registry delivery verifier; do
  variable="POSTGRES_${service^^}_PASSWORD"
  PGPASSWORD=$POSTGRES_PASSWORD psql --quiet --no-psqlrc --set=ON_ERROR_STOP=1 --username="${POSTGRES_USER:-postgres}" \
    --dbname=postgres --set=service="$service" --set=password="${!variable}" <<'SQL'
create role :"service" login password :'password';
create database :"service" owner :"service";
revoke all on database :"service" from public;
SQL
done
