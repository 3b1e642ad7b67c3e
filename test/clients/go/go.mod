module clients

go 1.26.8

require (
	github.com/jackc/pgpassfile v1.0.0
	github.com/jackc/pgservicefile v0.0.0-20240606120523-5a60cdf6a761
	github.com/jackc/pgx/v5 v5.13.0
	github.com/lib/pq v1.12.3
	golang.org/x/text v0.41.0
)
