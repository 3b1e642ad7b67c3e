#!/usr/bin/env bash
# Starts the server, by the entrypoint of the official image. Its pg_hba.conf lets nobody in without a password, so the admin's
# stands in a file that only the pod's user may read: psql in this container asks for none.
set -euo pipefail

password=$(cat "$POSTGRES_PASSWORD_FILE" 2>/dev/null || true)
if [[ -z $password || $password == *$'\n'* ]]; then
  echo "the admin's Secret has no usable key 'password': it must be one line that is not empty. If the chart was rendered without a cluster to look into, as by helm template and Argo CD, it made no passwords: set auth.passwords to derived, externalSecret or existingSecret, install with Helm itself, or allow it for a first install with auth.generatedWithoutCluster; with deploy, the command of that name makes them" >&2
  exit 1
fi
escaped=${password//\\/\\\\}
escaped=${escaped//:/\\:}
(
  umask 077
  printf '*:*:*:postgres:%s\n' "$escaped" >"$PGPASSFILE.new"
)
mv -f "$PGPASSFILE.new" "$PGPASSFILE"

# Two pods may have the volume for a while, as when one was deleted by force. The server keeps the lock for as long as any process of it is there; where the kernel
# knows none for the volume, all goes on without.
volume=${PGDATA%/*/*} version=${PGDATA%/*} status=0
{ exec 8<"$volume" && flock --exclusive --wait 20 --conflict-exit-code 75 8; } 2>/dev/null || status=$?
if ((status == 75)); then
  echo 'another pod has the volume: it serves it, or upgrades it. This one begins anew, and goes on once the other has ended (kubectl get pods)' >&2
  exit 1
fi

# A volume with the data of another major is never taken for an empty one, and what a later one has written is never passed over unasked.
version=${version##*/}
for other in "$volume"/[1-9][0-9]/docker; do
  major=${other%/*}
  major=${major##*/}
  [[ -s $other/PG_VERSION && $major != "$version" ]] || continue
  if ((major > version)) && [[ ${RETURN_FROM:-} == "$major" && -s $PGDATA/PG_VERSION ]]; then
    mv --no-target-directory "$other" "$volume/$major/left-$(date --utc +%Y-%m-%dT%H-%M-%SZ)"
    echo "returns from PostgreSQL $major to what PostgreSQL $version had before; what was written since is in $volume/$major and nowhere else" >&2
  elif ((major > version)); then
    echo "the volume has the data of PostgreSQL $major, and postgresql.version is $version: set it to $major. What PostgreSQL $version had before an upgrade comes back, without what was written since, with postgresql.returnFrom.version: '$major'" >&2
    exit 1
  elif [[ ! -s $PGDATA/PG_VERSION ]]; then
    echo "the volume has the data of PostgreSQL $major and none of $version: set postgresql.version to $major, or bring it over with postgresql.upgradeFrom.version: '$major' (docs/upgrade.md)" >&2
    exit 1
  fi
done
# What an upgrade that was broken off left.
rm --recursive --force "$volume/upgrade" "$volume/upgrade.unfinished" "$volume"/[1-9][0-9]/docker.unfinished

# Of a full volume it gets what was kept for this (reserve.sh), as without room it could not start; and it begins as one that takes no new data, before a
# service can use that up. The same numbers stand in reserve.sh.
settings=$PGDATA/postgresql.auto.conf
mib=$((1024 * 1024))
if read -r blocks free unit < <(stat --file-system --format='%b %a %S' "$volume") && [[ -s $settings ]] &&
  ((free * unit < 64 * mib && blocks * unit >= 512 * mib)); then
  rm --force "$volume/shared-postgresql.reserve" || true
  grep --quiet '^default_transaction_read_only' "$settings" || echo 'default_transaction_read_only = on' >>"$settings" || true
  echo 'the volume is full: transactions can only read until it is enlarged (persistence.size) or data is removed' >&2
fi

# The entrypoint reads the password as well, for a volume that is still empty, and leaves it in the environment of what it starts. So it
# finds this in the server's place.
bin=${PGPASSFILE%/*}/bin
mkdir -p "$bin"
printf '#!/usr/bin/env bash\nunset POSTGRES_PASSWORD\nexec %q "$@"\n' "$(type -P postgres)" >"$bin/postgres"
chmod 700 "$bin/postgres"
PATH=$bin:$PATH exec docker-entrypoint.sh postgres "$@"
