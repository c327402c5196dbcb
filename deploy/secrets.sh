#!/bin/sh
# Makes what is missing in ./secrets (or the folder named). Never writes over anything.
# The folder is closed to everybody else on this machine; the files in it are readable, because each
# container reads its own as a user of its own.
set -eu
umask 077
folder=${1:-secrets}
mkdir -p "$folder"
chmod 700 "$folder"

make() {
  test -e "$folder/$1" && return
  openssl rand -base64 "$2" | tr -d '\n=' | tr '+/' '-_' > "$folder/$1"
  chmod 444 "$folder/$1"
  echo "made $folder/$1"
}

for name in postgres_password owner_password app_password backup_password metrics_token; do
  make "$name" 33
done
make secret_key 66
# 32 bytes as base64, with its =: the key to every backup. Keep a copy of it elsewhere.
test -e "$folder/backup_key" || {
  openssl rand -base64 32 > "$folder/backup_key"
  chmod 444 "$folder/backup_key"
  echo "made $folder/backup_key: keep a copy of it away from this machine and from the backups"
}
for name in tls_certificate tls_key; do
  test -e "$folder/$name" || echo "missing $folder/$name: docs/deploy.md, part Certificates"
done
