// Up or down: what the tool does on a pod of the service.
package main

import (
	"errors"
	"log"
	"os"

	"github.com/golang-migrate/migrate/v4"
	_ "github.com/golang-migrate/migrate/v4/database/postgres"
	_ "github.com/golang-migrate/migrate/v4/source/file"
)

func main() {
	tool, err := migrate.New("file://sql", os.Getenv("DATABASE_URL"))
	if err != nil {
		log.Fatal(err)
	}
	if os.Args[1] == "up" {
		err = tool.Up()
	} else {
		err = tool.Steps(-1)
	}
	if err != nil && !errors.Is(err, migrate.ErrNoChange) {
		log.Fatal(err)
	}
}
