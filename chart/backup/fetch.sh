#!/bin/sh
# Brings the copies of the backups from $TO, a remote of rclone and a folder there, to $BACKUPS. Runs in rclone's image, so in any shell.
set -u
. "${0%/*}/key.sh"
check_key || exit 1
rclone copy "$TO" "$BACKUPS" || exit 1
for copy in "$BACKUPS"/*/*/checksums; do
  [ ! -e "$copy" ] || exit 0
done
echo "server: ERROR:  there are no copies at $TO: look at backup.copy.to, and at the password where the remote encrypts" >&2
exit 1
