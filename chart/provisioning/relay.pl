# Stands between the server and a psql that cannot insist on SCRAM (before 16), and does it in its place: what a server says is passed on
# only while it asks for SCRAM, and it lets nobody in before it has proven that it knows the password as well (the messages of type R in
# PostgreSQL's message formats). Takes the path of the socket where psql finds it, and the server's host and port. Ends with whoever started it.
use strict;
use warnings;
use Errno 'EAGAIN';
# The modules of IO are left out: loading them takes longer than all that is passed on in a run without anything to do.
use Socket qw(getaddrinfo pack_sockaddr_un IPPROTO_TCP MSG_DONTWAIT PF_UNIX SOCK_STREAM TCP_NODELAY);

use constant {OK => 0, SASL => 10, SASL_CONTINUE => 11, SASL_FINAL => 12};
use constant LONGEST => 30000;

my ($path, $host, $port) = @ARGV;
my $starter = getppid;
# By the number of an end of a session: its socket; the number of the other end; what it could not take yet; what the server said that is not
# looked at yet, with whether it has proven itself, until it lets psql in.
my (%socket, %other, %unsent, %login);

$SIG{PIPE} = 'IGNORE';
umask 077;
# Who looks for the socket finds it when it listens, not between its name and that.
my $listener;
socket($listener, PF_UNIX, SOCK_STREAM, 0) && bind($listener, pack_sockaddr_un("$path.new")) && listen($listener, 64) &&
  rename("$path.new", $path) or die "server: $path: $!\n";

while (getppid == $starter) {
  my ($readable, $writable) = ('', '');
  vec($readable, fileno $listener, 1) = 1;
  for my $end (keys %socket) {
    vec($readable, $end, 1) = !length $unsent{$other{$end}};
    vec($writable, $end, 1) = !!length $unsent{$end};
  }
  next if select($readable, $writable, undef, 1) < 1;
  for my $end (keys %socket) {
    hear($end) if vec($readable, $end, 1) && exists $socket{$end};
    send_to($end, '') if vec($writable, $end, 1) && exists $socket{$end};
  }
  open_session() if vec($readable, fileno $listener, 1);
}

sub open_session {
  accept(my $client, $listener) or return;
  my ($server, $why) = connect_to_server();
  return fail($client, "connection refused: $why") unless $server;
  setsockopt $server, IPPROTO_TCP, TCP_NODELAY, 1;
  my @ends = map { fileno $_ } $client, $server;
  @socket{@ends} = ($client, $server);
  @other{@ends} = reverse @ends;
  @unsent{@ends} = ('', '');
  $login{$ends[1]} = {bytes => '', proven => 0};
}

# The first of the server's addresses that answers, or nothing and why; each has ten seconds.
sub connect_to_server {
  my ($error, @addresses) = getaddrinfo($host, $port, {socktype => SOCK_STREAM});
  local $SIG{ALRM} = sub { };
  for my $address (@addresses) {
    socket(my $server, $address->{family}, SOCK_STREAM, 0) or next;
    alarm 10;
    my $is_there = connect $server, $address->{addr};
    $error = $!;
    alarm 0;
    return $server if $is_there;
  }
  return (undef, $error);
}

sub close_session {
  my @both = ($_[0], $other{$_[0]});
  for my $end (@both) {
    close $socket{$end};
    delete $_->{$end} for \%socket, \%other, \%unsent, \%login;
  }
}

sub hear {
  my ($end) = @_;
  my $from = recv $socket{$end}, my $bytes, 65536, MSG_DONTWAIT;
  return if !defined $from && $! == EAGAIN;
  return close_session($end) unless defined $from && length $bytes;
  if (exists $login{$end}) {
    $login{$end}{bytes} .= $bytes;
    $bytes = vetted($end, $login{$end});
    return refuse($end) unless defined $bytes;
  }
  send_to($other{$end}, $bytes);
}

# What of the server's words may be passed on; nothing defined when it must not be.
sub vetted {
  my ($server, $login) = @_;
  my $passed = '';
  while (length $login->{bytes} >= 5) {
    my ($type, $length) = unpack 'aN', $login->{bytes};
    # An error ends the login, whatever comes after it.
    return $passed . delete($login{$server})->{bytes} if $type eq 'E';
    return if $type !~ /[RNv]/ || $length < 8 || $length > LONGEST;
    last if length $login->{bytes} < 1 + $length;
    my $message = substr $login->{bytes}, 0, 1 + $length, '';
    my $request = $type eq 'R' ? unpack 'x5N', $message : SASL_CONTINUE;
    $login->{proven} ||= $request == SASL_FINAL;
    return unless $request == ($login->{proven} ? OK : SASL) || $request == SASL_CONTINUE || $request == SASL_FINAL;
    $passed .= $message;
    return $passed . delete($login{$server})->{bytes} if $request == OK;
  }
  return $passed;
}

sub send_to {
  my ($end, $bytes) = @_;
  $unsent{$end} .= $bytes;
  return unless length $unsent{$end};
  my $sent = send $socket{$end}, $unsent{$end}, MSG_DONTWAIT;
  return $! == EAGAIN ? undef : close_session($end) unless defined $sent;
  substr $unsent{$end}, 0, $sent, '';
}

# In the words of a psql that can insist, by which sentences.tsv knows it.
sub refuse {
  my ($server) = @_;
  fail($socket{$other{$server}}, 'authentication method requirement "scram-sha-256" failed: the server asked for another');
  close_session($server);
}

sub fail {
  my ($client, $message) = @_;
  my $fields = "SFATAL\0C08006\0M$message\0\0";
  syswrite $client, pack('aN', 'E', 4 + length $fields) . $fields;
}
