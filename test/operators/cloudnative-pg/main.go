// What CloudNativePG's own webhooks say of manifests: each JSON document of the standard input is completed and validated as the API would have it done, and
// a line of JSON tells what is wrong with it. With "facts" as its argument it prints what the operator fixes and how its pg_hba.conf comes out.
//
// These packages are the operator's internal ones, which Go lets nobody import but what has its path in front: so this module has.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sort"

	apiv1 "github.com/cloudnative-pg/cloudnative-pg/api/v1"
	webhook "github.com/cloudnative-pg/cloudnative-pg/internal/webhook/v1"
	"github.com/cloudnative-pg/cloudnative-pg/pkg/postgres"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
)

type answer struct {
	Kind     string   `json:"kind"`
	Name     string   `json:"name"`
	Error    string   `json:"error"`
	Warnings []string `json:"warnings"`
	// What the operator makes of the Cluster: the database that its exporter asks unless told otherwise, what it writes into postgresql.conf and pg_hba.conf.
	Database   string            `json:"database,omitempty"`
	Parameters map[string]string `json:"parameters,omitempty"`
	Hba        string            `json:"hba,omitempty"`
	Queries    int               `json:"queries"`
	Names      []string          `json:"names,omitempty"`
}

func main() {
	out := json.NewEncoder(os.Stdout)
	if len(os.Args) > 1 && os.Args[1] == "facts" {
		stopAt(out.Encode(facts()))
		return
	}
	in := json.NewDecoder(os.Stdin)
	for {
		var document json.RawMessage
		err := in.Decode(&document)
		if errors.Is(err, io.EOF) {
			return
		}
		stopAt(err)
		said, err := judge(document)
		stopAt(err)
		stopAt(out.Encode(said))
	}
}

func stopAt(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// The settings that nobody else may set.
func facts() map[string][]string {
	fixed := []string{}
	for name := range postgres.FixedConfigurationParameters {
		fixed = append(fixed, name)
	}
	sort.Strings(fixed)
	extensions := []string{}
	for _, extension := range postgres.ManagedExtensions {
		if !extension.SkipCreateExtension {
			extensions = append(extensions, extension.Name)
		}
	}
	sort.Strings(extensions)
	return map[string][]string{"fixed": fixed, "extensions": extensions}
}

func judge(document json.RawMessage) (answer, error) {
	var object struct {
		Kind     string
		Metadata struct{ Name string }
	}
	if err := json.Unmarshal(document, &object); err != nil {
		return answer{}, err
	}
	said := answer{Kind: object.Kind, Name: object.Metadata.Name}
	var warnings admission.Warnings
	var refused error
	ctx := context.Background()
	switch object.Kind {
	case "Cluster":
		var cluster apiv1.Cluster
		if err := json.Unmarshal(document, &cluster); err != nil {
			return said, err
		}
		if err := (&webhook.ClusterCustomDefaulter{}).Default(ctx, &cluster); err != nil {
			return said, err
		}
		warnings, refused = (&webhook.ClusterCustomValidator{}).ValidateCreate(ctx, &cluster)
		if err := describe(&said, &cluster); err != nil {
			return said, err
		}
	case "Pooler":
		var pooler apiv1.Pooler
		if err := json.Unmarshal(document, &pooler); err != nil {
			return said, err
		}
		warnings, refused = (&webhook.PoolerCustomValidator{}).ValidateCreate(ctx, &pooler)
	case "ScheduledBackup":
		var backup apiv1.ScheduledBackup
		if err := json.Unmarshal(document, &backup); err != nil {
			return said, err
		}
		warnings, refused = (&webhook.ScheduledBackupCustomValidator{}).ValidateCreate(ctx, &backup)
	default:
		return said, fmt.Errorf("%s is no kind that the operator validates", object.Kind)
	}
	said.Warnings = warnings
	if refused != nil {
		said.Error = refused.Error()
	}
	return said, nil
}

// What a completed Cluster becomes on its servers.
func describe(said *answer, cluster *apiv1.Cluster) error {
	hba, err := postgres.CreateHBARules(cluster.Spec.PostgresConfiguration.PgHBA, postgres.HBAOptions{DefaultAuthenticationMethod: "scram-sha-256"})
	if err != nil {
		return err
	}
	said.Hba = hba
	said.Database = cluster.GetApplicationDatabaseName()
	said.Parameters = cluster.Spec.PostgresConfiguration.Parameters
	said.Names = cluster.GetClusterAltDNSNames()
	if cluster.Spec.Monitoring != nil {
		said.Queries = len(cluster.Spec.Monitoring.CustomQueriesConfigMap) + len(cluster.Spec.Monitoring.CustomQueriesSecret)
	}
	return nil
}
