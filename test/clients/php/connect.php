<?php
// Reads lines of a name, a client, a key and its text; logs in by each and prints the first three with who that was, or why not.
const ASK = "SELECT current_user || ' ' || ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";

function ask(string $client, string $text): string
{
    if ($client === 'pgsql') {
        $connection = @pg_connect($text, PGSQL_CONNECT_FORCE_NEW);
        return $connection === false ? error_get_last()['message'] : pg_fetch_result(pg_query($connection, ASK), 0, 0);
    }
    try {
        return (new PDO('pgsql:'))->query(ASK)->fetchColumn();
    } catch (PDOException $error) {
        return $error->getMessage();
    }
}

foreach (file('php://stdin', FILE_IGNORE_NEW_LINES) as $line) {
    [$name, $client, $key, $text] = explode("\t", $line, 4);
    $variables = $key === 'environment' ? explode("\x1f", $text) : [];
    foreach ($variables as $variable) {
        putenv($variable);
    }
    echo implode("\t", [$name, $client, $key, preg_replace('/\s+/', ' ', ask($client, $text))]), "\n";
    foreach ($variables as $variable) {
        putenv(strtok($variable, '='));
    }
}
