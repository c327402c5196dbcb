#!/bin/sh
# Run once, by the first start of the database's container: roles, database, extensions, who may copy.
set -eu
secrets=${SECRETS:-/run/secrets}
export secrets

psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres <<'SQL'
\set app `cat "$secrets/app_password"`
\set owner `cat "$secrets/owner_password"`
\set copier `cat "$secrets/backup_password"`
-- The application: owns nothing, makes nothing.
CREATE ROLE hmis_app LOGIN PASSWORD :'app';
-- Migrations; may look through the application's eyes.
CREATE ROLE hmis_owner LOGIN PASSWORD :'owner';
GRANT hmis_app TO hmis_owner WITH INHERIT FALSE, SET TRUE;
-- The archive: copies the server, reads no table.
CREATE ROLE hmis_backup LOGIN REPLICATION PASSWORD :'copier';
CREATE DATABASE hmis OWNER hmis_owner;
REVOKE TEMPORARY ON DATABASE hmis FROM PUBLIC;
\connect hmis
CREATE EXTENSION pg_trgm;
CREATE EXTENSION btree_gist;
CREATE EXTENSION unaccent;
SQL

echo "host replication hmis_backup samenet scram-sha-256" >> "$PGDATA/pg_hba.conf"
