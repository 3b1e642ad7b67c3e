// Package serve keeps a Helm alive that renders one chart after another.
package serve

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/json"
	"io"
	mathrand "math/rand/v2"
	"os"
)

// Request is what `helm template` would be given.
type Request struct {
	Release   string `json:"release"`
	Namespace string `json:"namespace"`
	Chart     string `json:"chart"`
	// IsChanged tells that the chart is not what it was at the last request.
	IsChanged   bool   `json:"isChanged"`
	Values      string `json:"values"`
	KubeVersion string `json:"kubeVersion"`
}

// Answer is what `helm template` would print, and how it would exit.
type Answer struct {
	Code   int    `json:"code"`
	Stdout string `json:"stdout"`
	Stderr string `json:"stderr"`
}

// Logged is what Helm logged since the request came: its program prints that before an error.
var Logged bytes.Buffer

// Forever answers each line of standard input, a request as JSON, with a line of standard output.
func Forever(render func(Request) (string, error)) {
	requests := json.NewDecoder(bufio.NewReader(os.Stdin))
	answers := json.NewEncoder(os.Stdout)
	for {
		var request Request
		if err := requests.Decode(&request); err == io.EOF {
			return
		} else if err != nil {
			panic(err)
		}
		Logged.Reset()
		// The same passwords at every rendering: what is the same manifest is the same text, and is read and checked once.
		rand.Reader = mathrand.NewChaCha8([32]byte{})
		manifests, err := render(request)
		answer := Answer{Stdout: manifests, Stderr: Logged.String()}
		if err != nil {
			answer = Answer{Code: 1, Stderr: Logged.String() + "Error: " + err.Error() + "\n"}
		}
		if err := answers.Encode(answer); err != nil {
			panic(err)
		}
	}
}

// Silently does something of which Helm's program logs nothing.
func Silently(do func() error) error {
	length := Logged.Len()
	defer Logged.Truncate(length)
	return do()
}
