// Command helm3 renders charts with Helm 3 as `helm template` does, one after another.
package main

import (
	"bytes"
	"fmt"
	"log"
	"strings"

	"helm.sh/helm/v3/pkg/action"
	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/cli"
	"helm.sh/helm/v3/pkg/cli/values"
	"helm.sh/helm/v3/pkg/getter"
	"helm.sh/helm/v3/pkg/release"
	"shared-postgresql/renderer/serve"
)

func main() {
	log.SetFlags(log.Lshortfile)
	log.SetOutput(&serve.Logged)
	providers := getter.All(cli.New())
	var loaded *chart.Chart
	serve.Forever(func(request serve.Request) (string, error) {
		given, err := (&values.Options{ValueFiles: []string{request.Values}}).MergeValues(providers)
		if err != nil {
			return "", err
		}
		if loaded == nil || request.IsChanged {
			if loaded, err = loader.Load(request.Chart); err != nil {
				return "", err
			}
		}
		return template(loaded, given, request)
	})
}

// template does what cmd/helm/template.go of Helm does, with the flags that the fuzz gives.
func template(loaded *chart.Chart, given map[string]any, request serve.Request) (string, error) {
	version, err := chartutil.ParseKubeVersion(request.KubeVersion)
	if err != nil {
		return "", err
	}
	install := action.NewInstall(&action.Configuration{Log: func(string, ...any) {}})
	install.DryRun = true
	install.ClientOnly = true
	install.Replace = true
	install.KubeVersion = version
	install.ReleaseName = request.Release
	install.Namespace = request.Namespace
	// Helm compiles the schema at every rendering. One that fits needs no words of Helm's.
	install.SkipSchemaValidation = serve.Silently(func() error { return fit(loaded, given) }) == nil
	rendered, err := install.Run(loaded, given)
	if err != nil && rendered != nil {
		err = fmt.Errorf("%w\n\nUse --debug flag to render out invalid YAML", err)
	}
	if err != nil {
		return "", err
	}
	return printed(rendered), nil
}

func printed(rendered *release.Release) string {
	manifests := new(bytes.Buffer)
	fmt.Fprintln(manifests, strings.TrimSpace(rendered.Manifest))
	for _, hook := range rendered.Hooks {
		fmt.Fprintf(manifests, "---\n# Source: %s\n%s\n", hook.Path, hook.Manifest)
	}
	return manifests.String()
}
