package main

import (
	"context"
	"fmt"

	"github.com/fluxcd/pkg/ssa"
	"github.com/fluxcd/pkg/ssa/jsondiff"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// The field managers of Flux's controllers.
var kustomize = ssa.Owner{Field: "kustomize-controller", Group: "kustomize.toolkit.fluxcd.io"}

const helm = "helm-controller"

// What kustomize-controller does with manifests, once.
func fluxApply(p *place) ([]string, error) {
	flux, err := client.New(p.config, client.Options{})
	if err != nil {
		return nil, err
	}
	manager := ssa.NewResourceManager(flux, nil, kustomize)
	manager.SetOwnerLabels(p.objects, "databases", p.namespace)
	changes, err := manager.ApplyAll(context.Background(), p.objects, ssa.DefaultApplyOptions())
	if err != nil {
		return nil, err
	}
	var lines []string
	for _, each := range changes.Entries {
		lines = append(lines, fmt.Sprintf("%s %s/%s", each.Action, each.ObjMetadata.GroupKind.Kind, each.ObjMetadata.Name))
	}
	return lines, nil
}

// What `driftDetection` of a HelmRelease finds in what Helm has installed.
func fluxDrift(p *place) ([]string, error) {
	flux, err := client.New(p.config, client.Options{})
	if err != nil {
		return nil, err
	}
	options := []jsondiff.ListOption{
		jsondiff.FieldOwner(helm),
		jsondiff.MaskSecrets(true),
		jsondiff.Rationalize(true),
	}
	found, err := jsondiff.UnstructuredList(context.Background(), flux, p.objects, options...)
	var lines []string
	for _, each := range found {
		if each.Type != jsondiff.DiffTypeNone {
			lines = append(lines, fmt.Sprintf("%s %s/%s %s", each.Type, kindOf(each.DesiredObject), each.DesiredObject.GetName(), each.Patch))
		}
	}
	return lines, err
}

func kindOf(object client.Object) string { return object.GetObjectKind().GroupVersionKind().Kind }
