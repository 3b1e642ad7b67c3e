# Stands between the server and a psql that cannot insist on SCRAM (before 16), and does it in its place: what a server says is passed on
# only while it asks for SCRAM, and it lets nobody in before it has proven that it knows the password as well (the messages of type R in
# PostgreSQL's message formats). Takes the path of the socket where psql finds it, and the server's host and port. Ends with whoever started it.
use strict;
use warnings;
use IO::Select;
use IO::Socket::IP;
use IO::Socket::UNIX;
use Socket qw(IPPROTO_TCP TCP_NODELAY);

use constant {OK => 0, SASL => 10, SASL_CONTINUE => 11, SASL_FINAL => 12};
use constant LONGEST => 30000;

my ($path, $host, $port) = @ARGV;
my $starter = getppid;
# By the name of an end of a session: the other end; what it could not take yet; what the server said that is not looked at yet, with whether it
# has proven itself, until it lets psql in.
my (%other, %unsent, %login);

$SIG{PIPE} = 'IGNORE';
umask 077;
# Who looks for the socket finds it when it listens, not between its name and that.
my $listener = IO::Socket::UNIX->new(Local => "$path.new", Listen => 64) or die "server: $path: $!\n";
rename "$path.new", $path or die "server: $path: $!\n";
my $ends = IO::Select->new;

while (getppid == $starter) {
  my @heard = grep { !length $unsent{$other{$_}} } $ends->handles;
  my ($readable, $writable) = IO::Select->select(IO::Select->new($listener, @heard), IO::Select->new(grep { length $unsent{$_} } $ends->handles), undef, 1);
  for my $end (@{$readable // []}) { $end == $listener ? open_session() : exists $other{$end} && hear($end) }
  for my $end (@{$writable // []}) { send_to($end, '') if exists $other{$end} }
}

sub open_session {
  my $client = $listener->accept or return;
  my $server = IO::Socket::IP->new(PeerHost => $host, PeerPort => $port, Timeout => 10) or return fail($client, "connection refused: $@");
  $server->setsockopt(IPPROTO_TCP, TCP_NODELAY, 1);
  $_->blocking(0) for $client, $server;
  @other{$client, $server} = ($server, $client);
  @unsent{$client, $server} = ('', '');
  $login{$server} = {bytes => '', proven => 0};
  $ends->add($client, $server);
}

sub close_session {
  my @both = ($_[0], $other{$_[0]});
  for my $end (@both) {
    $ends->remove($end);
    delete $_->{$end} for \%other, \%unsent, \%login;
    close $end;
  }
}

sub hear {
  my ($end) = @_;
  my $length = sysread $end, my $bytes, 65536;
  return if !defined $length && $!{EAGAIN};
  return close_session($end) unless $length;
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
  my $sent = syswrite $end, $unsent{$end};
  return $!{EAGAIN} ? undef : close_session($end) unless defined $sent;
  substr $unsent{$end}, 0, $sent, '';
}

# In the words of a psql that can insist, by which sentences.tsv knows it.
sub refuse {
  my ($server) = @_;
  fail($other{$server}, 'authentication method requirement "scram-sha-256" failed: the server asked for another');
  close_session($server);
}

sub fail {
  my ($client, $message) = @_;
  my $fields = "SFATAL\0C08006\0M$message\0\0";
  syswrite $client, pack('aN', 'E', 4 + length $fields) . $fields;
}
