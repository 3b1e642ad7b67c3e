package main

import (
	"context"

	"github.com/argoproj/gitops-engine/pkg/cache"
	"github.com/argoproj/gitops-engine/pkg/diff"
	"github.com/argoproj/gitops-engine/pkg/engine"
	"github.com/argoproj/gitops-engine/pkg/sync"
	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Argo CD writes it on each object of an Application, and knows by it what to prune.
const tracking = "argocd.argoproj.io/tracking-id"

// The field manager of Argo CD's controller.
const controller = "argocd-controller"

// What an Application shows as OutOfSync: missing, other than rendered, or no longer rendered.
func argoCompare(p *place, serverSide bool) ([]string, error) {
	state, err := argoWatch(p)
	if err != nil {
		return nil, err
	}
	live, err := state.GetManagedLiveObjs(p.objects, isTracked)
	if err != nil {
		return nil, err
	}
	found := sync.Reconcile(p.objects, live, p.namespace, state)
	options := []diff.Option{
		diff.WithStructuredMergeDiff(serverSide),
		diff.WithGVKParser(state.GetGVKParser()),
		diff.WithManager(controller),
		diff.WithLogr(logr.Discard()),
	}
	compared, err := diff.DiffArray(found.Target, found.Live, options...)
	if err != nil {
		return nil, err
	}
	var lines []string
	for i, each := range compared.Diffs {
		switch target, live := found.Target[i], found.Live[i]; {
		case target == nil:
			lines = append(lines, line("extra", live))
		case live == nil:
			lines = append(lines, line("missing", target))
		case each.Modified:
			lines = append(lines, line("differs", target, " ", string(each.NormalizedLive), " ", string(each.PredictedLive)))
		}
	}
	return lines, nil
}

// A sync with prune, as `automated: { prune: true }` makes it.
func argoSync(p *place, serverSide bool) ([]string, error) {
	state, err := argoWatch(p)
	if err != nil {
		return nil, err
	}
	options := []sync.SyncOpt{
		sync.WithPrune(true),
		sync.WithManifestValidation(true),
		sync.WithServerSideApply(serverSide),
		sync.WithServerSideApplyManager(controller),
		sync.WithLogr(logr.Discard()),
	}
	argo := engine.NewEngine(p.config, state, engine.WithLogr(logr.Discard()))
	results, err := argo.Sync(context.Background(), p.objects, isTracked, "tests", p.namespace, options...)
	var lines []string
	for _, each := range results {
		lines = append(lines, string(each.Status)+" "+each.ResourceKey.Kind+"/"+each.ResourceKey.Name+" "+each.Message)
	}
	return lines, err
}

// What is in the namespace, and the manifests marked as the Application's.
func argoWatch(p *place) (cache.ClusterCache, error) {
	for _, object := range p.objects {
		annotations := object.GetAnnotations()
		if annotations == nil {
			annotations = map[string]string{}
		}
		annotations[tracking] = "databases:" + object.GetKind() + ":" + p.namespace + "/" + object.GetName()
		object.SetAnnotations(annotations)
	}
	state := cache.NewClusterCache(p.config,
		cache.SetNamespaces([]string{p.namespace}),
		cache.SetLogr(logr.Discard()),
		cache.SetPopulateResourceInfoHandler(func(live *unstructured.Unstructured, _ bool) (any, bool) {
			mark := live.GetAnnotations()[tracking]
			return mark, mark != ""
		}))
	return state, state.EnsureSynced()
}

func isTracked(resource *cache.Resource) bool {
	return resource.Info != nil && resource.Info != ""
}
