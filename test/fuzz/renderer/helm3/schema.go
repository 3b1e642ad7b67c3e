package main

import (
	"bytes"
	"errors"

	"github.com/xeipuuv/gojsonschema"
	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chartutil"
	"sigs.k8s.io/yaml"
)

var compiled struct {
	text   []byte
	schema *gojsonschema.Schema
}

// fit tells whether the values fit the schema of the chart, which is compiled once; pkg/chartutil/jsonschema.go of Helm does it in these steps.
func fit(loaded *chart.Chart, given map[string]any) error {
	coalesced, err := chartutil.CoalesceValues(loaded, given)
	if err != nil {
		return err
	}
	text, err := yaml.Marshal(coalesced)
	if err != nil {
		return err
	}
	document, err := yaml.YAMLToJSON(text)
	if err != nil {
		return err
	}
	schema, err := compile(loaded.Schema)
	if err != nil {
		return err
	}
	result, err := schema.Validate(gojsonschema.NewBytesLoader(document))
	if err == nil && !result.Valid() {
		err = errors.New("they do not fit")
	}
	return err
}

func compile(text []byte) (*gojsonschema.Schema, error) {
	if bytes.Equal(compiled.text, text) {
		return compiled.schema, nil
	}
	schema, err := gojsonschema.NewSchema(gojsonschema.NewBytesLoader(text))
	if err == nil {
		compiled.text, compiled.schema = text, schema
	}
	return schema, err
}
