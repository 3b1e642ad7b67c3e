// Reads lines of a name, a client, a key and its text; logs in by each and prints the first three with who that was, or why not.
package main

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"os"
	"strings"

	"github.com/jackc/pgx/v5"
	_ "github.com/lib/pq"
)

const question = "SELECT current_user || ' ' || ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"

func askPgx(text string) (who string, err error) {
	connection, err := pgx.Connect(context.Background(), text)
	if err != nil {
		return "", err
	}
	defer connection.Close(context.Background())
	err = connection.QueryRow(context.Background(), question).Scan(&who)
	return who, err
}

func askPq(text string) (who string, err error) {
	database, err := sql.Open("postgres", text)
	if err != nil {
		return "", err
	}
	defer database.Close()
	err = database.QueryRow(question).Scan(&who)
	return who, err
}

var clients = map[string]func(string) (string, error){"pgx": askPgx, "lib/pq": askPq}

func ask(client, key, text string) string {
	if key == "environment" {
		for _, each := range strings.Split(text, "\x1f") {
			variable, value, _ := strings.Cut(each, "=")
			os.Setenv(variable, value)
			defer os.Unsetenv(variable)
		}
		text = ""
	}
	who, err := clients[client](text)
	if err != nil {
		return err.Error()
	}
	return who
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		parts := strings.Split(lines.Text(), "\t")
		who := ask(parts[1], parts[2], parts[3])
		fmt.Println(strings.Join(append(parts[:3:3], strings.Join(strings.Fields(who), " ")), "\t"))
	}
}
