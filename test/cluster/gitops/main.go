// What Argo CD and Flux make of a rendered chart, by their own libraries, without their controllers: Argo CD compares and syncs by the engine that its
// controller runs, Flux applies and looks for drift by the packages that kustomize-controller and helm-controller are built on.
//
// Reads manifests from its standard input, finds the cluster by KUBECONFIG, and prints a line for each object that is to be told of.
package main

import (
	"fmt"
	"io"
	"os"
	"sort"

	"github.com/argoproj/gitops-engine/pkg/utils/kube"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

type place struct {
	config    *rest.Config
	namespace string
	objects   []*unstructured.Unstructured
}

var deeds = map[string]func(*place) ([]string, error){
	"argo-compare":             func(p *place) ([]string, error) { return argoCompare(p, false) },
	"argo-compare-server-side": func(p *place) ([]string, error) { return argoCompare(p, true) },
	"argo-sync":                func(p *place) ([]string, error) { return argoSync(p, false) },
	"argo-sync-server-side":    func(p *place) ([]string, error) { return argoSync(p, true) },
	"flux-apply":               fluxApply,
	"flux-drift":               fluxDrift,
}

func main() {
	if len(os.Args) != 3 || deeds[os.Args[1]] == nil {
		stopAt(fmt.Errorf("usage: %s <deed> <namespace>, with manifests on its standard input", os.Args[0]))
	}
	place, err := open(os.Args[2])
	stopAt(err)
	lines, err := deeds[os.Args[1]](place)
	sort.Strings(lines)
	for _, line := range lines {
		fmt.Println(line)
	}
	stopAt(err)
}

func open(namespace string) (*place, error) {
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		return nil, err
	}
	config.QPS, config.Burst = 100, 200
	text, err := io.ReadAll(os.Stdin)
	if err != nil {
		return nil, err
	}
	objects, err := kube.SplitYAML(text)
	return &place{config, namespace, objects}, err
}

func line(what string, object *unstructured.Unstructured, more ...any) string {
	return fmt.Sprint(append([]any{what, " ", object.GetKind(), "/", object.GetName()}, more...)...)
}

func stopAt(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
