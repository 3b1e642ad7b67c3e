# Reads lines of a name, a client, a key and its text; logs in by each and prints the first three with who that was, or why not.
use strict;
use warnings;
use DBI;

my $ask = "SELECT current_user || ' ' || ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";

while (my $line = <STDIN>) {
    chomp $line;
    my ($name, $client, $key, $text) = split /\t/, $line, 4;
    local %ENV = %ENV;
    $ENV{$1} = $2 while $text =~ /([A-Z]+)=([^\x1f]*)/g;
    my $database = DBI->connect('dbi:Pg:', undef, undef, { PrintError => 0 });
    my $who = $database ? $database->selectrow_array($ask) : $DBI::errstr;
    $database->disconnect if $database;
    $who =~ s/\s+/ /g;
    print join("\t", $name, $client, $key, $who), "\n";
}
