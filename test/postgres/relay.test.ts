import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CHART, temporaryFolder } from '../tools/folders.ts';
import { run } from '../tools/run.ts';

/** Starts the relay on a machine that is slow between making a socket and listening, and connects as soon as the socket is found. */
const CONNECTING = `use strict; use warnings; use IO::Socket::UNIX;
my ($relay, $path) = @ARGV;
my $pid = fork // die "fork: $!";
if (!$pid) {
  no warnings 'once';
  *CORE::GLOBAL::listen = sub (*$) { select undef, undef, undef, 0.3; CORE::listen($_[0], $_[1]) };
  @ARGV = ($path, '127.0.0.1', '1');
  do $relay or die "$relay: $@$!";
}
until (-S $path) { die "the relay ended" if waitpid($pid, 1) == $pid }
print IO::Socket::UNIX->new(Peer => $path) ? 'let in' : "refused: $!";
kill 'KILL', $pid;
waitpid $pid, 0;`;

test('whoever finds the socket of the relay is let in: it is there when it listens, not before', async () => {
  const folder = temporaryFolder();
  const { output } = await run('perl', ['-e', CONNECTING, join(CHART, 'provisioning/relay.pl'), join(folder, 'socket')]);
  expect(output).toBe('let in');
});
