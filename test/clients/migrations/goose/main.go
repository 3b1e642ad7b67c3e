// Up or down: what the tool does on a pod of the service.
package main

import (
	"context"
	"database/sql"
	"log"
	"os"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

func main() {
	database, err := sql.Open("pgx", os.Getenv("DATABASE_URL"))
	if err != nil {
		log.Fatal(err)
	}
	// Without it two pods migrate at once.
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		log.Fatal(err)
	}
	tool, err := goose.NewProvider(goose.DialectPostgres, database, os.DirFS("sql"), goose.WithSessionLocker(locker))
	if err != nil {
		log.Fatal(err)
	}
	if os.Args[1] == "up" {
		_, err = tool.Up(context.Background())
	} else {
		_, err = tool.Down(context.Background())
	}
	if err != nil {
		log.Fatal(err)
	}
}
