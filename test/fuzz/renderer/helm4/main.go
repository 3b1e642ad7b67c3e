// Command helm4 renders charts with Helm 4 as `helm template` does, one after another.
package main

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"

	"helm.sh/helm/v4/pkg/action"
	"helm.sh/helm/v4/pkg/chart"
	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/loader"
	"helm.sh/helm/v4/pkg/cli"
	"helm.sh/helm/v4/pkg/cli/values"
	"helm.sh/helm/v4/pkg/getter"
	release "helm.sh/helm/v4/pkg/release/v1"
	"shared-postgresql/renderer/serve"
)

func main() {
	// Without the time, as Helm's program does.
	slog.SetDefault(slog.New(slog.NewTextHandler(&serve.Logged, &slog.HandlerOptions{
		ReplaceAttr: func(_ []string, attribute slog.Attr) slog.Attr {
			if attribute.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return attribute
		},
	})))
	providers := getter.All(cli.New())
	var loaded chart.Charter
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

// template does what pkg/cmd/template.go of Helm does, with the flags that the fuzz gives.
func template(loaded chart.Charter, given map[string]any, request serve.Request) (string, error) {
	version, err := common.ParseKubeVersion(request.KubeVersion)
	if err != nil {
		return "", err
	}
	install := action.NewInstall(action.NewConfiguration())
	install.DryRunStrategy = action.DryRunClient
	install.Replace = true
	install.KubeVersion = version
	install.ReleaseName = request.Release
	install.Namespace = request.Namespace
	// Helm compiles the schema at every rendering. One that fits needs no words of Helm's.
	install.SkipSchemaValidation = serve.Silently(func() error { return fit(loaded, given) }) == nil
	releaser, err := install.Run(loaded, given)
	rendered, isRelease := releaser.(*release.Release)
	if err != nil && isRelease && rendered != nil {
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
