//! Reads lines of a name, a client, a key and its text; logs in by each and prints the first three with who that was, or why not.
use native_tls::{Certificate, TlsConnector};
use postgres_native_tls::MakeTlsConnector;
use std::error::Error;
use std::io::BufRead;

const ASK: &str = "SELECT current_user || ' ' || ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";

async fn ask(text: &str) -> Result<String, Box<dyn Error>> {
    let authority = Certificate::from_pem(&std::fs::read(std::env::var("PGSSLROOTCERT")?)?)?;
    let tls = MakeTlsConnector::new(TlsConnector::builder().add_root_certificate(authority).build()?);
    let (client, connection) = tokio_postgres::connect(text, tls).await?;
    tokio::spawn(connection);
    Ok(client.query_one(ASK, &[]).await?.get(0))
}

fn told(error: &dyn Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", told(source)),
        None => error.to_string(),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("a line of UTF-8");
        let parts: Vec<&str> = line.splitn(4, '\t').collect();
        let who = ask(parts[3]).await.unwrap_or_else(|error| told(error.as_ref()));
        let words: Vec<&str> = who.split_whitespace().collect();
        println!("{}\t{}\t{}\t{}", parts[0], parts[1], parts[2], words.join(" "));
    }
}
